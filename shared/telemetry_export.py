"""Spans on their way to a collector, by OpenTelemetry's SDK; imported only where something is exported.

Exceptions are not recorded as OpenTelemetry would: their messages may quote what a patient wrote.
"""

import time
from collections.abc import Mapping

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_NAMESPACE, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NonRecordingSpan, ProxyTracerProvider, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation import set_span_in_context

from shared.telemetry_trail import TRACEPARENT

NAMESPACE = "bookmyconsultation"
_KINDS = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
    "internal": SpanKind.INTERNAL,
}


class ToldSpan:
    """A span that has begun; one that is never ended is never sent."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        context = span.get_span_context()
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"

    def note(self, key: str, value: str | int) -> None:
        """Add an attribute."""
        self._span.set_attribute(key, value)

    def fail(self, kind: str) -> None:
        """Say that it failed, and by which class of error."""
        self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR))

    def end(self, at_ns: int | None = None) -> None:
        """Say that it is over: now, or at a time in nanoseconds since 1970."""
        self._span.end(at_ns)


class Exporter:
    """Sends spans in batches, from a thread of its own; when the collector is away, spans are dropped, not kept."""

    def __init__(self, service: str) -> None:
        self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: service, SERVICE_NAMESPACE: NAMESPACE}))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("bmc")
        if isinstance(trace.get_tracer_provider(), ProxyTracerProvider):
            # What else is traced in this process, such as the router, goes the same way.
            trace.set_tracer_provider(self._provider)

    def begin(
        self,
        name: str,
        kind: str,
        attributes: Mapping[str, str | int] | None,
        parent: str | None,
        at_ns: int | None = None,
    ) -> ToldSpan:
        """Begin a span within a trace, or as the first of one."""
        context = set_span_in_context(_remote(parent) if parent is not None else trace.INVALID_SPAN)
        span = self._tracer.start_span(
            name,
            context,
            _KINDS[kind],
            attributes,
            start_time=at_ns or time.time_ns(),
            record_exception=False,
            set_status_on_exception=False,
        )
        return ToldSpan(span)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def _remote(traceparent: str) -> NonRecordingSpan:
    parts = TRACEPARENT.fullmatch(traceparent)
    assert parts is not None, "a trail holds checked trace contexts only"
    flags = trace.TraceFlags(int(parts[3], 16))
    return NonRecordingSpan(SpanContext(int(parts[1], 16), int(parts[2], 16), is_remote=True, trace_flags=flags))
