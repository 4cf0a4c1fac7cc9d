"""A circuit breaker for each subgraph: one that keeps failing is left alone for a while, and then tried by one request.

NOTE: Closed, it counts failures in a row: no answer, status 502, 503 or 504, or a body that does not begin as GraphQL's
JSON does (the page of whoever stands before the subgraph). At the limit it opens: every request is refused at once, so
that callers get their partial answer without waiting and the subgraph is not hammered while it recovers. After the
pause one request goes through; its outcome closes the circuit or opens it again.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

from router.errors import TransportError
from router.transport.delivery import Delivery, Outcome, deliver
from router.transport.messages import PlainRequest, SubgraphRequest, SubgraphResponse, Transport

_LOG = logging.getLogger("router.transport")
_UNWELL = frozenset({502, 503, 504})


class _Circuit:
    """One subgraph's circuit; `ended` takes what a request came to."""

    def __init__(self, subgraph: str, limit: int, pause: float, clock: Callable[[], float]) -> None:
        self.closed_again_at: float | None = None
        self.trying = False
        self.ended: Callable[[Outcome], None] = self._ended
        self._subgraph = subgraph
        self._limit = limit
        self._pause = pause
        self._clock = clock
        self._failures = 0

    def check(self) -> None:
        """Raise `TransportError` where the circuit is open, and let one request through where it may close again."""
        if self.closed_again_at is not None:
            if self.trying or self._clock() < self.closed_again_at:
                raise TransportError("keeps failing and is left alone for a moment")
            self.trying = True

    def failed(self) -> None:
        self._failures += 1
        self.trying = False
        if self._failures >= self._limit:
            if self.closed_again_at is None:
                _LOG.warning("circuit opened", extra={"subgraph": self._subgraph})
            self.closed_again_at = self._clock() + self._pause

    def _ended(self, outcome: Outcome) -> None:
        if (
            outcome.__class__ is not SubgraphResponse
            or outcome.status in _UNWELL
            or not outcome.body.lstrip().startswith(b"{")
        ):
            self.failed()
        elif self._failures:
            if self.closed_again_at is not None:
                _LOG.warning("circuit closed", extra={"subgraph": self._subgraph})
            self._failures = 0
            self.closed_again_at = None
            self.trying = False


class CircuitBreaker:
    """Guards another transport; `clock` is in seconds."""

    def __init__(self, inner: Transport, failures: int, pause_seconds: float, clock: Callable[[], float]) -> None:
        self._inner = inner
        self._limit = failures
        self._pause = pause_seconds
        self._clock = clock
        self._circuits: dict[str, _Circuit] = {}

    def send(self, request: SubgraphRequest) -> Delivery:
        circuit = self._circuits.get(request.subgraph)
        if circuit is None:
            circuit = _Circuit(request.subgraph, self._limit, self._pause, self._clock)
            self._circuits[request.subgraph] = circuit
        if circuit.closed_again_at is not None:
            circuit.check()
        try:
            response = self._inner.send(request)
        except TransportError:
            circuit.failed()
            raise
        delivery = response if isinstance(response, Delivery) else deliver(response)
        delivery.then(circuit.ended)
        return delivery

    def subscribe(self, request: SubgraphRequest) -> AsyncIterator[dict[str, Any]]:
        return self._inner.subscribe(request)

    async def request(self, request: PlainRequest) -> SubgraphResponse:
        return await self._inner.request(request)

    async def close(self) -> None:
        await self._inner.close()
