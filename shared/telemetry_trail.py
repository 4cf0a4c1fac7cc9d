"""The trail of one unit of work: the names under which logs and traces find it, in whichever process it goes on.

A request brings its correlation id and its W3C trace context to a subgraph's door; calls of other subgraphs and events
carry the trace context on, whether or not anything is exported. `tracestate` and the correlation id stay out of events:
clients write them, and events are kept.
Source: https://www.w3.org/TR/trace-context/
"""

import os
import random
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
CORRELATION_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_IDS = random.Random()  # noqa: S311  Identifiers that need to differ, not to be secret.
os.register_at_fork(after_in_child=_IDS.seed)


class OpenSpan(Protocol):
    """A span that is being recorded."""

    def note(self, key: str, value: str | int) -> None:
        """Add an attribute."""
        ...

    def fail(self, kind: str) -> None:
        """Say that it failed, and by which class of error."""
        ...


@dataclass(slots=True)
class Trail:
    """Where the present work comes from; `names` are further fields of its log records (event, consumer, job).

    `silent` work does not tell of its parts. `carried` becomes true when it led to something elsewhere: an event, or a
    call of another subgraph.
    """

    correlation_id: str | None = None
    traceparent: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    span: OpenSpan | None = None
    silent: bool = False
    carried: bool = False

    @property
    def log_fields(self) -> dict[str, str]:
        """What every log record of this work says."""
        fields = dict(self.names)
        if self.correlation_id is not None:
            fields["correlationId"] = self.correlation_id
        if self.traceparent is not None:
            fields["traceId"] = self.traceparent[3:35]
        return fields


_current: ContextVar[Trail | None] = ContextVar("trail", default=None)
_NOWHERE = Trail()


def current() -> Trail:
    """Answer the trail of the present work; an empty one if nothing led to it."""
    return _current.get() or _NOWHERE


class following:  # noqa: N801  It is used as a function; a generator would cost several times as much.
    """Be on a trail until the end of the block; tasks that begin within it are on it too."""

    __slots__ = ("_token", "_trail")

    def __init__(self, trail: Trail) -> None:
        self._trail = trail

    def __enter__(self) -> None:
        self._token = _current.set(self._trail)

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)


def carry() -> str | None:
    """Answer the trace context for something that happens elsewhere because of the present work."""
    trail = _current.get()
    if trail is None or trail.traceparent is None:
        return None
    trail.carried = True
    return trail.traceparent


def trail_headers() -> dict[str, str]:
    """Answer the headers by which another part's logs and spans are found together with ours."""
    found = {"x-correlation-id": current().correlation_id, "traceparent": carry()}
    return {name: value for name, value in found.items() if value is not None}


def checked(traceparent: object) -> str | None:
    """Answer a trace context that came from outside if it is one, else None."""
    return traceparent if isinstance(traceparent, str) and TRACEPARENT.fullmatch(traceparent) else None


def new_traceparent() -> str:
    """Begin a trace."""
    return f"00-{_IDS.getrandbits(128) or 1:032x}-{_IDS.getrandbits(64) or 1:016x}-01"
