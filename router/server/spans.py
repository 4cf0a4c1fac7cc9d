"""Spans of OpenTelemetry, imported only where they go somewhere: of requests, their preparation, and fetches.

NOTE: A span tells names of the schema, kinds, sizes, counts and codes: never a variable, a literal, a name that a
client chose, or the message of an error.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from weakref import WeakSet

from graphql import FieldNode
from opentelemetry.context import Context
from opentelemetry.trace import (
    INVALID_SPAN,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from router.errors import INTERNAL_SERVER_ERROR, SUBGRAPH_UNAVAILABLE, TransportError
from router.execution import Executable
from router.server.access_log import Outcome
from router.transport import Delivery, PlainRequest, SubgraphRequest, SubgraphResponse, Transport, deliver
from router.transport.delivery import Outcome as FetchOutcome

_FAULTS = frozenset({INTERNAL_SERVER_ERROR, SUBGRAPH_UNAVAILABLE})
_SERVER_ERROR = 500


class RequestSpan:
    """The span of one request; `traceparent` is what its fetches go on from."""

    __slots__ = ("_context", "_prepared", "_span", "_tracer", "traceparent")

    def __init__(self, tracer: Tracer, span: Span, prepared: WeakSet[Executable]) -> None:
        self._tracer = tracer
        self._span = span
        self._context = set_span_in_context(span)
        self._prepared = prepared
        self.traceparent = _traceparent(span)

    def prepared(self, executable: Executable, began: int) -> None:
        """Tell that the operation was prepared, since `began` (in nanoseconds since 1970), or found prepared."""
        known = executable in self._prepared
        self._prepared.add(executable)
        attributes = {"router.cache_hit": known}
        self._tracer.start_span("prepare", self._context, attributes=attributes, start_time=began).end()
        operation = executable.operation
        self._span.update_name(operation.kind.value)
        self._span.set_attribute("graphql.operation.type", operation.kind.value)
        fields = operation.definition.selection_set.selections
        names = sorted({node.name.value for node in fields if isinstance(node, FieldNode)})
        self._span.set_attribute("router.root_fields", names)

    def end(self, outcome: Outcome) -> None:
        """Tell what the request came to."""
        span = self._span
        span.set_attribute("http.request.method", outcome.method)
        span.set_attribute("url.path", outcome.path)
        span.set_attribute("http.response.status_code", outcome.status)
        span.set_attribute("router.fetches", outcome.fetches)
        if outcome.errors:
            span.set_attribute("router.errors", sorted(set(outcome.errors)))
        if outcome.status >= _SERVER_ERROR or not _FAULTS.isdisjoint(outcome.errors):
            span.set_status(Status(StatusCode.ERROR))
        span.end()


class Tracing:
    """Begins the spans of requests."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._prepared: WeakSet[Executable] = WeakSet()

    def begin(self, traceparent: str) -> RequestSpan:
        """Begin a request that goes on from a trace context, or, by an empty one, begins a trace."""
        span = self._tracer.start_span("request", _remote(traceparent), kind=SpanKind.SERVER)
        return RequestSpan(self._tracer, span, self._prepared)

    def transport(self, inner: Transport) -> Transport:
        """Make a transport whose fetches are told."""
        return _TracedTransport(inner, self._tracer)


class _TracedTransport:
    """Gives each fetch a span, and sends its trace context along."""

    def __init__(self, inner: Transport, tracer: Tracer) -> None:
        self._inner = inner
        self._start = partial(tracer.start_span, kind=SpanKind.CLIENT)

    def send(self, request: SubgraphRequest) -> Delivery:
        parent = dict(request.headers).get("traceparent")
        if parent is None:  # A probe, not a fetch.
            return deliver(self._inner.send(request))
        attributes: dict[str, str | int] = {
            "router.subgraph": request.subgraph,
            "http.request.body.size": len(request.body),
        }
        span = self._start(f"fetch {request.subgraph}", _remote(parent), attributes=attributes)
        own = ("traceparent", _traceparent(span))
        headers = tuple(own if header[0] == "traceparent" else header for header in request.headers)
        try:
            delivery = deliver(self._inner.send(request._replace(headers=headers)))
        except TransportError as error:
            _end_fetch(span, error)
            raise
        delivery.then(partial(_end_fetch, span))
        return delivery

    def subscribe(self, request: SubgraphRequest) -> AsyncIterator[dict[str, Any]]:
        return self._inner.subscribe(request)

    async def request(self, request: PlainRequest) -> SubgraphResponse:
        return await self._inner.request(request)

    async def close(self) -> None:
        await self._inner.close()


def _end_fetch(span: Span, outcome: FetchOutcome) -> None:
    if isinstance(outcome, SubgraphResponse):
        span.set_attribute("http.response.status_code", outcome.status)
        span.set_attribute("http.response.body.size", len(outcome.body))
        if outcome.status >= _SERVER_ERROR:
            span.set_status(Status(StatusCode.ERROR))
    else:
        span.set_attribute("error.type", type(outcome).__name__)
        span.set_status(Status(StatusCode.ERROR))
    span.end()


def _traceparent(span: Span) -> str:
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def _remote(traceparent: str) -> Context:
    if not traceparent:
        return set_span_in_context(INVALID_SPAN)
    _, trace, span, flags = traceparent.split("-")
    context = SpanContext(int(trace, 16), int(span, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
    return set_span_in_context(NonRecordingSpan(context))
