"""Traces: one from the client through router, subgraphs, outbox, bus and consumers to the mail.

`span` says what is being done. With OTEL_EXPORTER_OTLP_ENDPOINT set, spans go to that collector, by OTLP over HTTP;
without it nothing of OpenTelemetry is even imported, and a span costs a fraction of a microsecond. That a trace goes on
from part to part (`shared.telemetry_trail`) does not depend on it.

NOTE: a span tells kinds, ids of events, counts and classes of errors: never a variable, a literal, a name that a client
chose, or the message of an error, any of which may hold what a patient wrote.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, ClassVar, Literal, Self, TypeAlias

from shared.telemetry_trail import Trail, current, following, new_traceparent

if TYPE_CHECKING:
    from shared.telemetry_export import Exporter

Kind: TypeAlias = Literal["server", "client", "producer", "consumer", "internal"]
Attributes: TypeAlias = Mapping[str, str | int]

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
BEGINS_A_TRACE = frozenset({"server", "consumer"})
"""Other spans are only told as parts of a trace: a relay that looks for events every second is none."""

_NOT_TOLD = nullcontext()


class Telemetry:
    """What this process exports."""

    exporter: ClassVar["Exporter | None"] = None
    """Where spans go; None while they go nowhere."""

    def __init__(self, exporter: "Exporter | None") -> None:
        self._own = exporter
        if exporter is not None:
            Telemetry.exporter = exporter

    def close(self) -> None:
        """Send what is left, and export nothing more. It waits, some seconds at most, so let it be the last thing."""
        own, self._own = self._own, None
        if own is not None:
            if Telemetry.exporter is own:
                Telemetry.exporter = None
            own.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def start_telemetry(service: str) -> Telemetry:
    """Export this process's spans as `service`, if the environment says where to; call it once a process."""
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if disabled or not any(os.environ.get(name) for name in ENDPOINTS):
        return Telemetry(None)
    # The exporter takes half a second to import.
    from shared.telemetry_export import Exporter

    return Telemetry(Exporter(service))


def span(name: str, kind: Kind = "internal", attributes: Attributes | None = None) -> AbstractContextManager[None]:
    """Record what is done until the end of the block; what happens within it is its child."""
    exporter = Telemetry.exporter
    if exporter is None:
        return _NOT_TOLD
    trail = current()
    if kind not in BEGINS_A_TRACE and (trail.traceparent is None or (kind == "internal" and trail.silent)):
        return _NOT_TOLD
    return _told(exporter, trail, name, kind, attributes)


def begin_or_go_on(traceparent: str | None) -> str | None:
    """Answer a trace context, else a new one; None where spans are exported, since the first of them begins it."""
    return traceparent or (new_traceparent() if Telemetry.exporter is None else None)


def note(key: str, value: str | int) -> None:
    """Add an attribute to the span that is open, if one is."""
    told = current().span
    if told is not None:
        told.note(key, value)


def fail(kind: str) -> None:
    """Mark the span that is open, if one is, as failed by a class of error; what raises is marked without."""
    told = current().span
    if told is not None:
        told.fail(kind)


@contextmanager
def _told(exporter: "Exporter", trail: Trail, name: str, kind: Kind, attributes: Attributes | None) -> Iterator[None]:
    if trail.traceparent is not None:
        trail.carried = True
    told = exporter.begin(name, kind, attributes, trail.traceparent)
    try:
        with following(Trail(trail.correlation_id, told.traceparent, trail.names, told)):
            yield
    except BaseException as error:
        told.fail(type(error).__name__)
        raise
    finally:
        told.end()


@contextmanager
def job_run(name: str) -> Iterator[None]:
    """Give a run of a clock job a trace; it is exported only if it failed or led to something elsewhere.

    Most runs find nothing to do, and there are many.
    """
    trail = Trail(traceparent=new_traceparent(), names={"job": name}, silent=True)
    exporter = Telemetry.exporter
    told = exporter.begin(f"job {name}", "internal", None, None) if exporter is not None else None
    if told is not None:
        trail.traceparent, trail.span = told.traceparent, told
    try:
        with following(trail):
            yield
    except BaseException as error:
        trail.carried = True
        if told is not None:
            told.fail(type(error).__name__)
        raise
    finally:
        if told is not None and trail.carried:
            told.end()
