"""Subgraphs over the network: HTTP/1.1 for queries and mutations, WebSocket or server-sent events for subscriptions.

NOTE: What is sent again. Anything that was never sent (no connection could be made); a query whose connection closed
before an answer; a query answered 502, 503 or 504. At most twice, with a short pause, within the request's time-out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from router.errors import TransportError
from router.transport.connection import ConnectionLost, Exchange
from router.transport.delivery import Delivery
from router.transport.graphql_ws import subscribe_over
from router.transport.messages import Headers, Lines, PlainRequest, SubgraphRequest, SubgraphResponse
from router.transport.outbox import Outbox
from router.transport.pool import ConnectFailed, Origin, Pool
from router.transport.sse import subscribe_by_events
from router.transport.time_limits import TimeLimit
from router.transport.websocket import NetworkWebSocket

_MAX_ATTEMPTS = 3
_PAUSE = 0.05
_TEMPORARY = frozenset({502, 503, 504})
_MOST_LIMITS = 64
_JSON_LINES = b"content-type: application/json\r\naccept: application/graphql-response+json, application/json\r\n"


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
        self._outbox = Outbox()
        self._pools: dict[Origin, Pool] = {}
        self._time_limits: dict[float, TimeLimit[_Sending]] = {}
        self._post_addresses: dict[str, tuple[Pool, bytes]] = {}

    def send(self, request: SubgraphRequest) -> Delivery:
        # Taken apart at once: a name of a tuple's costs several times as much as one of a function's.
        _, url, body, headers, timeout, retryable = request
        address = self._post_addresses.get(url) or self._open_for_posts(url)
        return self._send(address, headers, body, timeout, retryable)

    async def request(self, request: PlainRequest) -> SubgraphResponse:
        address = self._open(request.method, request.url)
        return await self._send(address, request.headers, request.body, request.timeout, request.retryable)

    def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[dict[str, Any], None]:
        limit = self._settings.max_response_bytes
        if request.subgraph in self._settings.sse_subgraphs:
            return subscribe_by_events(request, limit)
        return subscribe_over(NetworkWebSocket(request, limit), request)

    async def close(self) -> None:
        for pool in self._pools.values():
            pool.close()
        self._pools.clear()
        self._post_addresses.clear()

    def _send(
        self, address: tuple[Pool, bytes], headers: Lines, body: bytes, timeout: float, retryable: bool
    ) -> Delivery:
        pool, head = address
        lines = headers.lines if headers.__class__ is Headers else Headers.of(headers).lines
        limit = self._time_limits.get(timeout)
        if limit is None:
            limit = self._limit(timeout)
        message = b"%b%bcontent-length: %d\r\n\r\n%b" % (head, lines, len(body), body)
        sending = _Sending(message, retryable, pool, limit)
        limit.add(sending)
        pool.start(sending)
        return sending

    def _open_for_posts(self, url: str) -> tuple[Pool, bytes]:
        pool, head = self._open("POST", url)
        known = self._post_addresses[url] = (pool, head + _JSON_LINES)
        return known

    def _open(self, method: str, url: str) -> tuple[Pool, bytes]:
        origin, target, host = split_url(url)
        pool = self._pools.get(origin)
        if pool is None:
            pool = Pool(origin, self._settings.max_connections, self._settings.max_response_bytes, self._outbox)
            self._pools[origin] = pool
        return pool, f"{method} {target} HTTP/1.1\r\nhost: {host}\r\n".encode("latin-1")

    def _limit(self, seconds: float) -> TimeLimit[_Sending]:
        if len(self._time_limits) >= _MOST_LIMITS:
            self._time_limits = {known: limit for known, limit in self._time_limits.items() if limit}
        limit = self._time_limits[seconds] = TimeLimit(asyncio.get_running_loop(), seconds, _Sending.run_out)
        return limit


def split_url(url: str) -> tuple[Origin, str, str]:
    """Split into origin, request target and Host header."""
    parts = urlsplit(url)
    tls = parts.scheme in {"https", "wss"}
    if parts.scheme not in {"http", "https", "ws", "wss"} or not parts.hostname:
        raise TransportError("has an address that is not HTTP")
    origin = Origin(parts.hostname, parts.port or (443 if tls else 80), tls)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return origin, target, parts.netloc.rpartition("@")[2]


class _Sending(Exchange):
    """A request on its way to its response, its last error, or the end of its time."""

    __slots__ = ("_limit", "_pool")

    def __init__(self, message: bytes, retryable: bool, pool: Pool, limit: TimeLimit[_Sending]) -> None:
        # All that there is of a sending, what it has of a delivery too: to ask above for that costs as much again.
        self.is_settled = False
        self._outcome = None
        self._told = []
        self.message = message
        self.retryable = retryable
        self.attempts = 0
        self.connection = None
        self._pool = pool
        self._limit = limit

    def done(self, outcome: SubgraphResponse | TransportError) -> None:
        if self.is_settled:
            return
        # A good answer is what nearly always comes.
        is_good = outcome.__class__ is SubgraphResponse and outcome.status not in _TEMPORARY
        if not is_good and self.attempts < _MAX_ATTEMPTS and _is_worth_another(self, outcome):
            asyncio.get_running_loop().call_later(_PAUSE * (self.attempts - 1), self._again)
            return
        self._limit.remove(self)
        self.settle(outcome)

    def run_out(self) -> None:
        self._pool.withdraw(self)
        self.settle(TransportError(f"did not answer within {self._limit.seconds:g} s"))

    def _again(self) -> None:
        if not self.is_settled:
            self._pool.start(self)


def _is_worth_another(exchange: Exchange, outcome: SubgraphResponse | TransportError) -> bool:
    if isinstance(outcome, SubgraphResponse):
        return exchange.retryable and exchange.attempts == 1 and outcome.status in _TEMPORARY
    if isinstance(outcome, ConnectFailed):
        return True
    return exchange.retryable and isinstance(outcome, ConnectionLost) and not outcome.answered
