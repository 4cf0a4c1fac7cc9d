"""Subgraphs over the network: HTTP/1.1 for queries and mutations, WebSocket or server-sent events for subscriptions.

NOTE: What is sent again. Anything that was never sent (no connection could be made); a query whose connection closed
before an answer; a query answered 502, 503 or 504. At most twice, with a short pause, within the request's time-out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from router.errors import TransportError
from router.transport.connection import ConnectionLost, Exchange
from router.transport.graphql_ws import subscribe_over
from router.transport.messages import PlainRequest, SubgraphRequest, SubgraphResponse
from router.transport.pool import ConnectFailed, Origin, Pool
from router.transport.sse import subscribe_by_events
from router.transport.websocket import NetworkWebSocket

_MAX_ATTEMPTS = 3
_PAUSE = 0.05
_TEMPORARY = frozenset({502, 503, 504})
_JSON_HEADERS = (
    ("content-type", "application/json"),
    ("accept", "application/graphql-response+json, application/json"),
)


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """`sse_subgraphs` take subscriptions by server-sent events instead of WebSocket."""

    max_connections: int = 256
    max_response_bytes: int = 32 * 1_048_576
    sse_subgraphs: Collection[str] = frozenset()


class HttpTransport:
    """Sends over pools of kept-alive connections, one pool an origin. Belongs to one event loop."""

    def __init__(self, settings: HttpSettings | None = None) -> None:
        self._settings = settings or HttpSettings()
        self._pools: dict[Origin, Pool] = {}
        self._heads: dict[tuple[str, str], tuple[Pool, bytes]] = {}

    def send(self, request: SubgraphRequest) -> asyncio.Future[SubgraphResponse]:
        headers = (*_JSON_HEADERS, *request.headers)
        return self._send("POST", request.url, headers, request.body, request.timeout, retryable=request.retryable)

    async def request(self, request: PlainRequest) -> SubgraphResponse:
        retryable = request.method in {"GET", "HEAD"}
        return await self._send(
            request.method, request.url, request.headers, request.body, request.timeout, retryable=retryable
        )

    async def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[dict[str, Any], None]:
        limit = self._settings.max_response_bytes
        events = (
            subscribe_by_events(request, limit)
            if request.subgraph in self._settings.sse_subgraphs
            else subscribe_over(NetworkWebSocket(request, limit), request)
        )
        async for event in events:
            yield event

    async def close(self) -> None:
        for pool in self._pools.values():
            pool.close()
        self._pools.clear()
        self._heads.clear()

    def _send(
        self, method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes, timeout: float, *, retryable: bool
    ) -> asyncio.Future[SubgraphResponse]:
        loop = asyncio.get_running_loop()
        pool, head = self._heads.get((method, url)) or self._open(method, url)
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
        message = b"%b%bcontent-length: %d\r\n\r\n%b" % (head, lines.encode("latin-1"), len(body), body)
        future: asyncio.Future[SubgraphResponse] = loop.create_future()
        attempt = _Attempt(pool, future, loop)
        exchange = Exchange(message, retryable, attempt.done)
        attempt.run(exchange, timeout)
        return future

    def _open(self, method: str, url: str) -> tuple[Pool, bytes]:
        origin, target, host = split_url(url)
        pool = self._pools.get(origin)
        if pool is None:
            pool = Pool(origin, self._settings.max_connections, self._settings.max_response_bytes)
            self._pools[origin] = pool
        head = f"{method} {target} HTTP/1.1\r\nhost: {host}\r\n".encode("latin-1")
        self._heads[method, url] = (pool, head)
        return pool, head


def split_url(url: str) -> tuple[Origin, str, str]:
    """Split into origin, request target and Host header."""
    parts = urlsplit(url)
    tls = parts.scheme in {"https", "wss"}
    if parts.scheme not in {"http", "https", "ws", "wss"} or not parts.hostname:
        raise TransportError("has an address that is not HTTP")
    origin = Origin(parts.hostname, parts.port or (443 if tls else 80), tls)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return origin, target, parts.netloc.rpartition("@")[2]


class _Attempt:
    """Runs an exchange until it has its response, its last error, or no more time."""

    def __init__(self, pool: Pool, future: asyncio.Future[SubgraphResponse], loop: asyncio.AbstractEventLoop) -> None:
        self._pool = pool
        self._future = future
        self._loop = loop
        self._exchange: Exchange | None = None
        self._timer: asyncio.TimerHandle | None = None

    def run(self, exchange: Exchange, timeout: float) -> None:
        self._exchange = exchange
        self._timer = self._loop.call_later(timeout, self._time_out, timeout)
        self._pool.start(exchange)

    def done(self, outcome: SubgraphResponse | TransportError) -> None:
        if self._future.done():
            return
        exchange = self._exchange
        if exchange is not None and exchange.attempts < _MAX_ATTEMPTS and _is_worth_another(exchange, outcome):
            self._loop.call_later(_PAUSE * (exchange.attempts - 1), self._again, exchange)
            return
        self._finish()
        if isinstance(outcome, TransportError):
            self._future.set_exception(outcome)
        else:
            self._future.set_result(outcome)

    def _again(self, exchange: Exchange) -> None:
        if not self._future.done():
            self._pool.start(exchange)

    def _time_out(self, timeout: float) -> None:
        if not self._future.done():
            exchange = self._exchange
            self._finish()
            if exchange is not None:
                self._pool.withdraw(exchange)
            self._future.set_exception(TransportError(f"did not answer within {timeout:g} s"))

    def _finish(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        self._exchange = None


def _is_worth_another(exchange: Exchange, outcome: SubgraphResponse | TransportError) -> bool:
    if isinstance(outcome, ConnectFailed):
        return True
    if not exchange.retryable:
        return False
    if isinstance(outcome, SubgraphResponse):
        return outcome.status in _TEMPORARY and exchange.attempts == 1
    return isinstance(outcome, ConnectionLost) and not outcome.answered
