"""A circuit breaker for each subgraph: one that keeps failing is left alone for a while, and then tried by one request.

NOTE: Closed, it counts failures in a row: no answer, or status 502, 503 or 504. At the limit it opens: every request is
refused at once, so that callers get their partial answer without waiting and the subgraph is not hammered while it
recovers. After the pause one request goes through; its outcome closes the circuit or opens it again.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

from router.errors import TransportError
from router.transport.delivery import Delivery, Outcome, deliver
from router.transport.messages import PlainRequest, SubgraphRequest, SubgraphResponse, Transport
from router.transport.resubscribing import closable

_LOG = logging.getLogger("router.transport")
_UNWELL = frozenset({502, 503, 504})


@dataclass(slots=True)
class _Circuit:
    subgraph: str
    failures: int = 0
    closed_again_at: float | None = None
    trying: bool = False


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
            circuit = self._circuits[request.subgraph] = _Circuit(request.subgraph)
        if circuit.closed_again_at is not None:
            if circuit.trying or self._clock() < circuit.closed_again_at:
                raise TransportError("keeps failing and is left alone for a moment")
            circuit.trying = True
        try:
            delivery = deliver(self._inner.send(request))
        except TransportError:
            self._failed(circuit)
            raise
        delivery.then(partial(self._ended, circuit))
        return delivery

    async def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[dict[str, Any], None]:
        async with aclosing(closable(self._inner.subscribe(request))) as events:
            async for event in events:
                yield event

    async def request(self, request: PlainRequest) -> SubgraphResponse:
        return await self._inner.request(request)

    async def close(self) -> None:
        await self._inner.close()

    def _ended(self, circuit: _Circuit, outcome: Outcome) -> None:
        if not isinstance(outcome, SubgraphResponse) or outcome.status in _UNWELL:
            self._failed(circuit)
        elif circuit.failures:
            if circuit.closed_again_at is not None:
                _LOG.warning("circuit closed", extra={"subgraph": circuit.subgraph})
            circuit.failures = 0
            circuit.closed_again_at = None
            circuit.trying = False

    def _failed(self, circuit: _Circuit) -> None:
        circuit.failures += 1
        circuit.trying = False
        if circuit.failures >= self._limit:
            if circuit.closed_again_at is None:
                _LOG.warning("circuit opened", extra={"subgraph": circuit.subgraph})
            circuit.closed_again_at = self._clock() + self._pause
