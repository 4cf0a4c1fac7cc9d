"""One HTTP/1.1 connection to a subgraph: writes a request, parses its response, and tells its pool when it is free.

It is an asyncio protocol around httptools' parser. There are no streams, tasks or coroutines in it: per request that
costs a fraction of what general clients do, and the router does little else than such requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias, cast

import httptools

from router.errors import TransportError
from router.transport.messages import SubgraphResponse


class ConnectionLost(TransportError):
    """The connection ended before the response did; `answered` says whether any of it had arrived."""

    def __init__(self, *, answered: bool) -> None:
        super().__init__("closed the connection before it had answered")
        self.answered = answered


@dataclass(slots=True, eq=False)
class Exchange:
    """One request waiting for its response; `done` is called with one of the two."""

    head_and_body: bytes
    retryable: bool
    done: Callable[[SubgraphResponse | TransportError], None]
    attempts: int = 0
    connection: Connection | None = field(default=None, repr=False)


Release: TypeAlias = Callable[["Connection"], None]


class Connection(asyncio.Protocol):
    """A connection that carries one exchange at a time."""

    def __init__(self, release: Release, forget: Release, max_response_bytes: int) -> None:
        self._release = release
        self._forget = forget
        self._max = max_response_bytes
        self._transport: asyncio.Transport | None = None
        self._exchange: Exchange | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._chunks: list[bytes] = []
        self._size = 0
        self._answered = False
        self.idle_since = 0.0
        self.used = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def start(self, exchange: Exchange) -> None:
        assert self._exchange is None, "A connection carries one exchange at a time."
        assert self._transport is not None, "A connection is used once it is made."
        self._exchange = exchange
        exchange.connection = self
        self._answered = False
        self._transport.write(exchange.head_and_body)

    def abort(self) -> None:
        """Give the exchange up: its response may still come, so the connection cannot be used again."""
        self._exchange = None
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._answered = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(TransportError("did not answer in HTTP"))

    def connection_lost(self, _: Exception | None) -> None:
        self._forget(self)
        self._fail(ConnectionLost(answered=self._answered))

    # What httptools calls.

    def on_message_begin(self) -> None:
        self._headers = {}
        self._chunks = []
        self._size = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > self._max:
            self._fail(TransportError(f"answered more than {self._max} bytes"))
            return
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        exchange, self._exchange = self._exchange, None
        keep_alive = self._parser.should_keep_alive()
        status = self._parser.get_status_code()
        body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        response = SubgraphResponse(status, self._headers, body)
        self._parser = httptools.HttpResponseParser(self)
        if exchange is None or not keep_alive:
            if self._transport is not None:
                self._transport.close()
        else:
            self.used = True
            self._release(self)
        if exchange is not None:
            exchange.connection = None
            exchange.done(response)

    def _fail(self, error: TransportError) -> None:
        exchange, self._exchange = self._exchange, None
        if self._transport is not None:
            self._transport.abort()
        if exchange is not None:
            exchange.connection = None
            exchange.done(error)
