"""One structured line a request, and the counters of /metrics, from the same facts.

The library's counters take locks and checks at each step, a twentieth of what a small request costs in all. So what has
ended is noted, and counted once in a round of the event loop, or when somebody asks.

Where several workers serve one port, their counters are in files that all of them can read (prometheus-client's way,
switched on by the environment), so that any of them tells the sum; those of workers that have ended still count.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import time
from bisect import bisect_left
from collections import Counter as Multiset
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector

from router.errors import INTERNAL_SERVER_ERROR
from router.execution import Executable, Response

if TYPE_CHECKING:
    from router.server.spans import RequestSpan

_LOG = logging.getLogger("router.access")
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_SHARED = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


@dataclass(slots=True)
class Outcome:
    """What a request came to; `errors` are codes, never messages, which may hold what clients sent."""

    method: str
    path: str
    correlation_id: str
    span: RequestSpan | None = None
    status: int = 200
    kind: str = "none"
    operation: str | None = None
    fetches: int = 0
    errors: list[str] = field(default_factory=list)

    def describe(self, executable: Executable, name: str | None) -> None:
        self.kind = executable.kind
        self.operation = name

    def take(self, response: Response) -> None:
        self.fetches += response.fetches
        if response.errors:
            self.errors += [code_of(error) for error in response.errors]


def code_of(error: Mapping[str, Any]) -> str:
    """Read an error's code; a subgraph may send anything as one, and it becomes a label of a counter."""
    code = (error.get("extensions") or {}).get("code", INTERNAL_SERVER_ERROR)
    return code if isinstance(code, str) and _CODE.fullmatch(code) else "OTHER"


def share_counters(folder: str) -> None:
    """Keep all counters that are made from now on, here and in forked processes, in files of this folder."""
    os.environ[_SHARED] = folder
    # Chosen when the library is imported, by the environment, and that has just changed.
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]


class _Seconds(Histogram):
    """A histogram that takes many values at once."""

    def observe_all(self, values: Sequence[float]) -> None:
        self._sum.inc(sum(values))
        for bucket, count in Multiset([bisect_left(self._upper_bounds, value) for value in values]).items():
            self._buckets[bucket].inc(count)


class AccessLog:
    """Counts and logs requests; `clock` is in seconds."""

    def __init__(self, *, enabled: bool, clock: Callable[[], float] = time.perf_counter) -> None:
        self._enabled = enabled
        self._clock = clock
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "router_requests_total", "Requests answered.", ["kind", "status"], registry=self.registry
        )
        self._errors = Counter("router_errors_total", "Errors told to clients.", ["code"], registry=self.registry)
        self._seconds = _Seconds(
            "router_request_seconds", "Time to answer.", ["kind"], registry=self.registry, buckets=_BUCKETS
        )
        self._fetches = Counter("router_fetches_total", "Requests made to subgraphs.", registry=self.registry)
        self.websockets = Gauge(
            "router_websockets", "WebSockets that are open.", registry=self.registry, multiprocess_mode="livesum"
        )
        self._children: dict[tuple[str, int], tuple[Any, Any]] = {}
        # Of requests that have ended and are not counted yet: by kind and status, how long each took.
        self._ended: dict[tuple[str, int], list[float]] = {}
        self._fetched = 0

    def metrics(self) -> bytes:
        """Write the counters in Prometheus' text format, those of all workers where there are several."""
        self.count()
        registry = self.registry
        if _SHARED in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    def start(self) -> float:
        return self._clock()

    def finish(self, outcome: Outcome, started: float) -> None:
        seconds = self._clock() - started
        ended = self._ended
        if not ended:
            asyncio.get_running_loop().call_soon(self.count)
        key = (outcome.kind, outcome.status)
        if key in ended:
            ended[key].append(seconds)
        else:
            ended[key] = [seconds]
        self._fetched += outcome.fetches
        if outcome.span is not None:
            outcome.span.end(outcome)
        for code in outcome.errors:
            self._errors.labels(code).inc()
        if self._enabled and _LOG.isEnabledFor(logging.INFO):
            _LOG.info("request", extra=self._line(outcome, seconds))

    def count(self) -> None:
        """Count what has ended since this was last done."""
        for key, seconds in self._ended.items():
            children = self._children.get(key)
            if children is None:
                kind, status = key
                children = (self._requests.labels(kind, str(status)), self._seconds.labels(kind))
                self._children[key] = children
            children[0].inc(len(seconds))
            children[1].observe_all(seconds)
        self._ended.clear()
        if self._fetched:
            self._fetches.inc(self._fetched)
            self._fetched = 0

    def _line(self, outcome: Outcome, seconds: float) -> dict[str, Any]:
        return {
            "method": outcome.method,
            "path": outcome.path,
            "status": outcome.status,
            "kind": outcome.kind,
            "operation": outcome.operation,
            "milliseconds": round(seconds * 1000, 2),
            "fetches": outcome.fetches,
            "errors": outcome.errors,
            "correlationId": outcome.correlation_id,
        }
