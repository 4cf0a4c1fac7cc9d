"""HTTP/1.1 connections for which slow, silent and endless clients are not waited for.

NOTE: uvicorn's protocol waits for ever for the rest of a request and takes a head of any size. Here the server looks at
every connection once a second. A head or a request that is not whole in time is answered 408, a head that is too long
431; a connection that has sent nothing at all is closed without a word, and so is one that does not read what it gets.

An upgrade to anything but WebSocket is declined by answering as if it had not been asked for. The parser takes whatever
follows such a head for the other protocol's, so the request is begun again without the wish. Java's own client wishes
for HTTP/2 with its first request, whose body would be lost.
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
_OF_UPGRADES = frozenset({b"connection", b"upgrade", b"http2-settings"})


class PromptProtocol(HttpToolsProtocol):
    """One client's connection; `limits` are set by `prompt_protocol`."""

    limits: ConnectionsConfig

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        # Since when a request is being read (a connection begins with that), and how much of its head has come.
        self._reading_since: float | None = None
        self._in_head = True
        self._head_size = 0
        self._comes_with_much = False
        self._is_declined = False
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
        self._comes_with_much = self._head_size + len(data) > self.limits.head_bytes
        # What uvicorn's own does; calling it costs nearly as much as the parser.
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            if not self._refused:
                self.logger.warning(_NO_HTTP)
                self.send_400_response(_NO_HTTP)
        except httptools.HttpParserUpgrade as upgrade:
            if self._is_declined:
                self._go_on_without_upgrade(data[upgrade.args[0] :])
            else:
                self.handle_websocket_upgrade()
        if self._in_head and self._head_size > self.limits.head_bytes and not self.transport.is_closing():
            self._refuse_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reading_since = self.loop.time()
        self._in_head = True

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT" and not self._should_upgrade():
            self._is_declined = True
            return
        super().on_headers_complete()
        self._in_head = False
        self._head_size = 0

    def on_message_complete(self) -> None:
        if self._is_declined:
            return
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

    def _check_head(self) -> None:
        """Refuse a head that is too long although it came at once, with or without a body; stops the parser then."""
        if self._comes_with_much:
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > self.limits.head_bytes:
                self._refuse_head()
                raise ValueError("The head is too long.")

    def _refuse_head(self) -> None:
        self._refuse(b"431 Request Header Fields Too Large", "The request's head is too long.")

    def _go_on_without_upgrade(self, rest: bytes) -> None:
        self._is_declined = False
        closing = b"" if self.parser.should_keep_alive() else b"connection: close\r\n"
        line = b"%b %b HTTP/%b\r\n" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        kept = [b"%b: %b\r\n" % header for header in self.headers if header[0] not in _OF_UPGRADES]
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"%b%b%b\r\n%b" % (line, b"".join(kept), closing, rest))

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
