"""Whether requests are traced: if the environment names a collector.

If not, nothing of OpenTelemetry is imported, and a request costs a comparison more. Trace contexts go on from client to
subgraph either way (callers.py). Spans go to the process's tracer provider, which whoever starts the process sets: here
otel_export.py, elsewhere the host's own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from router.server.spans import Tracing

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def is_traced(environment: Mapping[str, str]) -> bool:
    """Whether the environment names a collector."""
    disabled = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return not disabled and any(environment.get(name) for name in _ENDPOINTS)


def tracing_from_environment() -> Tracing | None:
    """Make the tracing, or None where spans would go nowhere."""
    if not is_traced(os.environ):
        return None
    from opentelemetry.trace import get_tracer

    from router.server.spans import Tracing

    return Tracing(get_tracer("router"))
