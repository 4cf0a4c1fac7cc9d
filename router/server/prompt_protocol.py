"""HTTP/1.1 connections for which slow, silent and endless clients are not waited for.

NOTE: uvicorn's protocol waits for ever for the rest of a request and takes a head of any size. Here the server looks at
every connection once a second. A head or a request that is not whole in time is answered 408, a head that is too long
431; a connection that has sent nothing at all is closed without a word, and so is one that does not read what it gets.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from router.config import ConnectionsConfig
from router.errors import BAD_REQUEST
from router.server.asgi import LATE

_LOG = logging.getLogger("router.server")
_NO_HTTP = "Invalid HTTP request received."


class PromptProtocol(HttpToolsProtocol):
    """One client's connection; `limits` are set by `prompt_protocol`."""

    limits: ConnectionsConfig

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        # Since when a request is being read (a connection begins with that), and how much of its head has come.
        self._reading_since: float | None = None
        self._in_head = True
        self._head_size = 0
        self._unsent = 0
        self._unsent_since: float | None = None
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._reading_since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._in_head:
            self._head_size += len(data)
            if self._reading_since is None:
                self._reading_since = self.loop.time()
        # What uvicorn's own does; calling it costs nearly as much as the parser.
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.logger.warning(_NO_HTTP)
            self.send_400_response(_NO_HTTP)
        except httptools.HttpParserUpgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
            else:
                self._unsupported_upgrade_warning()
        if self._in_head and self._head_size > self.limits.head_bytes and not self.transport.is_closing():
            self._refuse(b"431 Request Header Fields Too Large", "The request's head is too long.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reading_since = self.loop.time()
        self._in_head = True

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_head = False
        self._head_size = 0

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._reading_since = None
        self._in_head = True

    def look(self, now: float) -> None:
        """Give the client up if it has used up its time."""
        if self._refused:
            self.transport.abort()
        if self.transport.is_closing():
            return
        if self._reading_since is not None and self.flow.read_paused:
            self._reading_since = now  # It is us who do not read.
        limit = self.limits.head_seconds if self._in_head else self.limits.request_seconds
        if self._reading_since is not None and now - self._reading_since > limit:
            self._give_up()
        elif self._is_stalled(now):
            _LOG.info("client does not read", extra={"unsent": self._unsent})
            self.transport.abort()

    def shutdown(self) -> None:
        if self._refused:
            self.transport.abort()
        else:
            super().shutdown()

    def say_goodbye(self) -> None:
        """Close after the answer that is under way; without one, wait for one more request to say it with."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False

    def cut_off(self) -> bool:
        """Give up a request that is no task of the server's; whether there was one."""
        return False

    def _is_stalled(self, now: float) -> bool:
        unsent = self.transport.get_write_buffer_size() if self.flow.write_paused else 0
        if not unsent or unsent < self._unsent or self._unsent_since is None:
            self._unsent_since = now if unsent else None
        self._unsent = unsent
        return self._unsent_since is not None and now - self._unsent_since > self.limits.stalled_seconds

    def _give_up(self) -> None:
        if self._in_head and not self._head_size:
            self.transport.close()
            return
        if not self._in_head:
            if self.cycle.response_started:
                self.transport.close()  # The answer is on its way although the request is not whole: nothing to add.
                return
            cast("dict[str, Any]", self.cycle.scope)[LATE] = True
        self._refuse(b"408 Request Timeout", "The request did not arrive in time.")

    def _refuse(self, status: bytes, message: str) -> None:
        _LOG.info("request given up", extra={"reason": message})
        body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": BAD_REQUEST}}]})
        lines = (
            b"HTTP/1.1 " + status,
            b"content-type: application/json; charset=utf-8",
            b"content-length: %d" % len(body),
            b"connection: close",
        )
        self.transport.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        # Closing at once, while the client still sends, would take the answer away from it: so at the next look.
        self.transport.write_eof()
        self._refused = True
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()


def prompt_protocol(limits: ConnectionsConfig) -> type[PromptProtocol]:
    """Make the protocol with these limits."""
    return type("PromptProtocol", (PromptProtocol,), {"limits": limits})
