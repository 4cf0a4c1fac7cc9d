"""Where spans go in a router that runs alone: to the collector that OpenTelemetry's own environment variables name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from router.errors import ConfigError
from router.server.tracing import is_traced

_LAST_SECONDS = 3.0


@contextmanager
def exported() -> Iterator[None]:
    """Export this process's spans during the block, if the environment says where to; raises `ConfigError`.

    They are sent in batches by a thread, so a process that forks does so before. When the collector is away, spans are
    dropped. At the end it waits, a few seconds at most, for what is left to be sent.
    """
    if not is_traced(os.environ):
        yield
        return
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        message = "OTEL_EXPORTER_OTLP_ENDPOINT is set, but not installed are opentelemetry-sdk and its OTLP exporter"
        raise ConfigError(message) from error
    resource = Resource.create({SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME") or "router"})
    provider = TracerProvider(resource=resource)
    exporter = OTLPSpanExporter()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        # The exporter would go on trying for longer than an operator waits.
        giving_up = Timer(_LAST_SECONDS, exporter.shutdown)
        giving_up.daemon = True
        giving_up.start()
        provider.shutdown()
        giving_up.cancel()
