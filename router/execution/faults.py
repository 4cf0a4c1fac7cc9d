"""What went wrong in subgraphs, told in terms of the client's query.

NOTE: A subgraph's error is shown with its message if it carries `extensions.code`, since whoever sets a code means the
error for clients; any other is replaced by INTERNAL_SERVER_ERROR and the correlation id under which it was logged.
Debugging extensions (`stacktrace`, `exception`, `debug`) are never shown.

An error with a path that leads to a field gets that field's path in the client's response. A whole fetch that failed
has none: its fault is attached to the objects it should have completed, and the response's completion reports it at
each field that is missing there, which is the exact place the client sees a null.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from router.errors import INTERNAL_SERVER_ERROR, SUBGRAPH_UNAVAILABLE
from router.execution.walking import ConcretePath

_LOG = logging.getLogger("router.execution")
_HIDDEN_EXTENSIONS = frozenset({"stacktrace", "exception", "debug"})


@dataclass(slots=True)
class AttachedFault:
    """A fault of a whole fetch: which of an object's fields it should have brought, None when any."""

    message: str
    extensions: dict[str, Any]
    fields: frozenset[str] | None
    path: ConcretePath
    reported: bool = False

    def as_error(self, path: ConcretePath) -> dict[str, Any]:
        self.reported = True
        return graphql_error(self.message, path, self.extensions)


def graphql_error(message: str, path: ConcretePath | None, extensions: Mapping[str, Any]) -> dict[str, Any]:
    error: dict[str, Any] = {"message": message}
    if path:
        error["path"] = list(path)
    error["extensions"] = dict(extensions)
    return error


@dataclass(slots=True)
class Faults:
    """All faults of one run."""

    correlation_id: str
    errors: list[dict[str, Any]] = field(default_factory=list)
    attached: dict[int, list[AttachedFault]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.errors or self.attached)

    def add(self, subgraph: str, error: Any, path: ConcretePath | None) -> None:
        message, extensions = self.present(subgraph, error)
        self.errors.append(graphql_error(message, path, extensions))

    def attach(
        self,
        described: tuple[str, dict[str, Any]],
        objects: Iterable[tuple[ConcretePath, dict[str, Any]]],
        fields: frozenset[str] | None,
    ) -> None:
        message, extensions = described
        for path, value in objects:
            fault = AttachedFault(message, extensions, fields, path)
            self.attached.setdefault(id(value), []).append(fault)

    def unavailable(self, subgraph: str, reason: object) -> tuple[str, dict[str, Any]]:
        """Describe a fetch without an answer, and log why."""
        _LOG.warning("subgraph unavailable", extra={"subgraph": subgraph, "reason": str(reason), **self._correlation})
        message = f"Subgraph '{subgraph}' is unavailable."
        return message, {"code": SUBGRAPH_UNAVAILABLE, **self._correlation}

    def present(self, subgraph: str, error: Any) -> tuple[str, dict[str, Any]]:
        """Pick the message and extensions of a subgraph's error that a client may see."""
        extensions = error.get("extensions") if isinstance(error, dict) else None
        message = error.get("message") if isinstance(error, dict) else None
        if isinstance(message, str) and isinstance(extensions, dict) and isinstance(extensions.get("code"), str):
            return message, {key: value for key, value in extensions.items() if key not in _HIDDEN_EXTENSIONS}
        _LOG.error("subgraph error", extra={"subgraph": subgraph, "reason": str(error), **self._correlation})
        return "Internal server error.", {"code": INTERNAL_SERVER_ERROR, **self._correlation}

    @property
    def _correlation(self) -> dict[str, str]:
        return {"correlationId": self.correlation_id} if self.correlation_id else {}

    def find(self, value: dict[str, Any], response_name: str) -> AttachedFault | None:
        """Find the fault which explains that `response_name` is missing of `value`."""
        faults = self.attached.get(id(value))
        if not faults:
            return None
        exact = (fault for fault in faults if fault.fields is None or response_name in fault.fields)
        return next(exact, faults[0])

    def unreported(self) -> list[dict[str, Any]]:
        """One error for each failed fetch that no field of the response has told of."""
        told: set[tuple[str, str]] = set()
        rest: list[AttachedFault] = []
        for fault in (fault for faults in self.attached.values() for fault in faults):
            if fault.reported:
                told.add((fault.message, str(fault.extensions.get("code"))))
            else:
                rest.append(fault)
        errors: list[dict[str, Any]] = []
        for fault in rest:
            key = (fault.message, str(fault.extensions.get("code")))
            if key not in told:
                told.add(key)
                errors.append(fault.as_error(fault.path))
        return errors
