"""One HTTP/1.1 connection to a subgraph: writes a request, parses its response, and tells its pool when it is free.

It is an asyncio protocol around httptools' parser. There are no streams, tasks or coroutines in it: per request that
costs a fraction of what general clients do, and the router does little else than such requests. A response that is
plain and comes in one piece, as nearly all do, is not even parsed.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias, cast

import httptools

from router.errors import TransportError
from router.transport.delivery import Delivery
from router.transport.messages import SubgraphResponse
from router.transport.outbox import Outbox
from router.transport.plain_heads import PlainHeads


class ConnectionLost(TransportError):
    """The connection ended before the response did; `answered` says whether any of it had arrived."""

    def __init__(self, *, answered: bool) -> None:
        super().__init__("closed the connection before it had answered")
        self.answered = answered


class Exchange(Delivery, ABC):
    """One request waiting for its response; `done` is called with what each attempt comes to."""

    __slots__ = ("attempts", "connection", "message", "retryable")

    message: bytes
    retryable: bool
    attempts: int
    connection: Connection | None

    @abstractmethod
    def done(self, outcome: SubgraphResponse | TransportError) -> None: ...


class ResponseHeaders(Mapping[str, str]):
    """The headers of a response, which are read when somebody asks for one: for GraphQL nobody does."""

    __slots__ = ("_lines", "_read")

    def __init__(self, lines: list[tuple[bytes, bytes]]) -> None:
        self._lines = lines
        self._read: dict[str, str] | None = None

    def __getitem__(self, name: str) -> str:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[str, str]:
        if self._read is None:
            self._read = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self._lines}
        return self._read


Release: TypeAlias = Callable[["Connection"], None]
_OK = 200
_INTERIM = frozenset({100, 102, 103})  # An answer is still to come, unlike after 101.
_MEASURES = frozenset({b"content-length", b"transfer-encoding"})
_HEADS = PlainHeads(rb"HTTP/1\.1 200 [\t \x21-\x7e\x80-\xff]*+")


class Connection(asyncio.Protocol):
    """A connection that carries one exchange at a time."""

    def __init__(self, release: Release, forget: Release, outbox: Outbox, max_response_bytes: int) -> None:
        self._release = release
        self._forget = forget
        self._outbox = outbox
        self._max = max_response_bytes
        self.transport: asyncio.Transport
        self._exchange: Exchange | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._chunks: list[bytes] = []
        self._size = 0
        self._ends_with_connection = False
        self._answered = False
        self._response: SubgraphResponse | None = None
        self._is_spent = False
        self.idle_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def is_open(self) -> bool:
        return not self.transport.is_closing()

    def start(self, exchange: Exchange) -> None:
        assert self._exchange is None, "A connection carries one exchange at a time."
        self._exchange = exchange
        exchange.connection = self
        self._answered = False
        self._outbox.write(self.transport, exchange.message)

    def abort(self) -> None:
        """Give the exchange up: its response may still come, so the connection cannot be used again."""
        self._exchange = None
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        exchange = self._exchange
        if exchange is None:
            self._fail(TransportError("spoke without being asked"))
            return
        if not self._answered:
            self._answered = True
            head = _HEADS.read(data)
            if head is not None:
                size, length, headers = head
                if len(data) == size + length and length <= self._max:
                    self._exchange = exchange.connection = None
                    self._release(self)
                    exchange.done(SubgraphResponse(_OK, headers, data[size:]))
                    return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._is_spent = True
            if self._response is None:
                self._fail(TransportError("did not answer in HTTP"))
        if self._response is not None:
            self._finish(self._response)

    def eof_received(self) -> None:
        if self._ends_with_connection and self._exchange is not None:
            self.on_message_complete()
            assert self._response is not None, "It is whole now."
            self._finish(self._response)

    def connection_lost(self, _: Exception | None) -> None:
        self._forget(self)
        self._fail(ConnectionLost(answered=self._answered))

    # What httptools calls.

    def on_message_begin(self) -> None:
        # Whatever follows an answer that is whole was not asked for.
        self._is_spent = self._response is not None

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))
        self._count(len(name) + len(value))

    def on_headers_complete(self) -> None:
        self._size = 0
        names = {name.lower() for name, _ in self._headers}
        self._ends_with_connection = names.isdisjoint(_MEASURES)

    def on_body(self, body: bytes) -> None:
        self._chunks.append(body)
        self._count(len(body))

    def on_message_complete(self) -> None:
        if self._is_spent:
            return
        self._ends_with_connection = False
        if self._parser.get_status_code() in _INTERIM:
            self._headers = []
            return
        self._is_spent = not self._parser.should_keep_alive()
        chunks, self._chunks = self._chunks, []
        headers, self._headers = self._headers, []
        self._size = 0
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        self._response = SubgraphResponse(self._parser.get_status_code(), ResponseHeaders(headers), body)

    def _count(self, size: int) -> None:
        self._size += size
        if self._size > self._max:
            self._headers, self._chunks = [], []
            self._fail(TransportError(f"answered more than {self._max} bytes"))

    def _finish(self, response: SubgraphResponse) -> None:
        """Hand the response on, once all has been read that came with it: only then is the connection free."""
        exchange, self._exchange = self._exchange, None
        self._response = None
        if self._is_spent:
            self.transport.close()
        else:
            self._release(self)
        if exchange is not None:
            exchange.connection = None
            exchange.done(response)

    def _fail(self, error: TransportError) -> None:
        exchange, self._exchange = self._exchange, None
        self.transport.abort()
        if exchange is not None:
            exchange.connection = None
            exchange.done(error)
