"""HTTP/1.1 connections that hand a whole POST at the GraphQL path to the router without ASGI; all else goes to ASGI.

NOTE: Such a request has a length, a small one, comes when nothing else of its connection is under way, and wants
nothing special of HTTP (`Expect`, upgrade, an end of the connection). For uvicorn it stands where the exchange of an
ASGI application would (`cycle`), so that what a client sends ahead waits for its turn, and a server that ends knows.
No timer is set for idle connections: the server looks at all of them once a second anyway.

A request that is plain (see plain_heads.py) and comes in one piece is not even parsed. The parser gets nothing of it,
so that is done only between two messages: when the parser has seen the end of one and nothing of another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from router.config import RouterConfig
from router.server.callers import Sender, read_headers
from router.server.direct_posts import DirectExchange, Post
from router.server.prompt_protocol import PromptProtocol
from router.transport.outbox import Outbox
from router.transport.plain_heads import PlainHeads

_LONGEST = 65_536


class TakesPosts(Protocol):
    """What stands behind the protocol."""

    def take(self, post: Post) -> DirectExchange | None:
        """Answer a request, now or later; or leave it alone, and say so by None."""
        ...


class _NobodyWaits:
    def set(self) -> None:
        pass


class _Post:
    """A request, and its exchange as uvicorn's protocol knows them."""

    message_event = _NobodyWaits()
    disconnected = False
    keep_alive = True
    response_complete = False
    response_started = False

    def __init__(self, headers: Mapping[str, str], body: bytes, connection: DirectProtocol) -> None:
        self.headers = headers
        self.body = body
        self.client = connection.client
        self.sender = connection.sender
        self.exchange: DirectExchange | None = None
        self._connection = connection

    def answer(self, status: int, lines: bytes, body: bytes) -> None:
        # What has been answered must hold on to nothing: one cycle of references a request, and the garbage collector
        # would have work to do every few thousand of them, and everybody else would wait for it.
        self.exchange = None
        self.response_complete = True
        self._connection.answer(status, lines, body, keep_alive=self.keep_alive)


class DirectProtocol(PromptProtocol):
    """One client's connection; the class attributes are set by `direct_protocol`."""

    posts: TakesPosts
    path: bytes
    longest: int
    outbox: Outbox
    heads: PlainHeads

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._is_between_messages = True
        self._is_not_taken = False
        self._post_headers: dict[str, str] | None = None
        self._post_body: list[bytes] = []
        self._idle_since: float | None = None
        self.sender: Sender | None = None

    def data_received(self, data: bytes) -> None:
        if self._is_between_messages and self._is_free() and not self.transport.is_closing():
            head = self.heads.read(data)
            if head is not None and len(data) == head.size + head.length and head.length <= self.longest:
                if self.timeout_keep_alive_task is not None:
                    self._unset_keepalive_if_required()
                if self._take(head.headers, data[head.size :]):
                    return
                self._is_not_taken = True
        super().data_received(data)

    def on_message_begin(self) -> None:
        """As those of above, but for the scope of ASGI, which is made where it is needed."""
        self._is_between_messages = False
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._reading_since = self.loop.time()
        self._in_head = True
        self._idle_since = None

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._check_head()
        if self._is_not_taken:
            self._is_not_taken = False
        elif self.url == self.path and self.parser.get_method() == b"POST" and self._is_free():
            headers = read_headers(self.headers)
            if self._is_plain(headers):
                self._post_headers = headers
                self._in_head = False
                self._head_size = 0
                return
        self._go_the_long_way()

    def on_body(self, body: bytes) -> None:
        if self._post_headers is None:
            super().on_body(body)
        else:
            self._post_body.append(body)

    def on_message_complete(self) -> None:
        self._is_between_messages = not self.parser.should_upgrade()
        headers = self._post_headers
        if headers is None:
            super().on_message_complete()
            return
        if self._take(headers, b"".join(self._post_body)):
            self._post_headers = None
            self._post_body.clear()
            return
        self._go_the_long_way()
        super().on_message_complete()

    def _take(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Have a whole request answered without ASGI; whether it is."""
        before, post = self.cycle, _Post(headers, body, self)
        self.cycle = post  # type: ignore[assignment]
        exchange = self.posts.take(post)
        self.sender = post.sender
        if exchange is None:
            self.cycle = before
            return False
        if not post.response_complete:
            post.exchange = exchange
            self._idle_since = None
        self._reading_since = None
        self._in_head = True
        return True

    def _go_the_long_way(self) -> None:
        """Give what has come of a request to an ASGI application."""
        raw, url = self.headers, self.url
        HttpToolsProtocol.on_message_begin(self)
        self.url = url
        for name, value in raw:
            HttpToolsProtocol.on_header(self, name, value)
        super().on_headers_complete()
        if self._post_headers is not None:
            self._post_headers = None
            for part in self._post_body:
                super().on_body(part)
            self._post_body.clear()

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.flow.read_paused:
            self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._idle_since = self.loop.time()

    def look(self, now: float) -> None:
        since = self._idle_since if self._reading_since is None else None
        if since is not None and now - since > self.limits.idle_seconds:
            self.transport.close()
        else:
            super().look(now)

    def shutdown(self) -> None:
        self.outbox.flush()
        super().shutdown()

    def cut_off(self) -> bool:
        """Give up the exchange that is under way; whether there was one."""
        post: object = self.cycle
        exchange = post.exchange if isinstance(post, _Post) else None
        if exchange is None or exchange.is_over:
            return False
        exchange.abandon()
        self.transport.abort()
        return True

    def send_400_response(self, msg: str) -> None:
        self.outbox.flush()
        super().send_400_response(msg)

    def _refuse(self, status: bytes, message: str) -> None:
        self._is_between_messages = False
        self.outbox.flush()
        super()._refuse(status, message)

    def _is_free(self) -> bool:
        return (self.cycle is None or self.cycle.response_complete) and not self.flow.write_paused

    def _is_plain(self, headers: dict[str, str]) -> bool:
        length = headers.get("content-length", "")
        return (
            length.isdecimal()
            and int(length) <= self.longest
            and "expect" not in headers
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and not self.parser.should_upgrade()
        )

    def _give_up(self) -> None:
        if self._post_headers is not None:
            self._go_the_long_way()
        super()._give_up()

    def answer(self, status: int, lines: bytes, body: bytes, *, keep_alive: bool) -> None:
        """Send the answer to the request whose turn it is."""
        if self.transport.is_closing():
            return
        closing = b"" if keep_alive else b"connection: close\r\n"
        message = b"%b%bcontent-length: %d\r\n%b\r\n%b" % (STATUS_LINE[status], lines, len(body), closing, body)
        self.outbox.write(self.transport, message)
        if keep_alive:
            self.on_response_complete()
        else:
            self.outbox.flush()
            self.transport.close()


def direct_protocol(posts: TakesPosts, config: RouterConfig) -> type[DirectProtocol]:
    """Make the protocol of one server."""
    own = {
        "posts": posts,
        "path": config.path.encode("ascii"),
        "longest": min(_LONGEST, config.limits.body_bytes),
        "limits": config.connections,
        "outbox": Outbox(),
        "heads": PlainHeads(
            b"POST " + re.escape(config.path.encode("ascii")) + rb" HTTP/1\.1", config.connections.head_bytes
        ),
    }
    return type("DirectProtocol", (DirectProtocol,), own)
