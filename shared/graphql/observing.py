"""What is told of an operation at a subgraph's door: its root field, time and errors, to metrics and traces.

Operations are known by the root field of our schema, not by the names that clients give them: those are without number
and may say anything. A text that asks for several fields is "several"; one that our schema does not know is "invalid".
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    VariableNode,
    parse,
)
from prometheus_client import Histogram

from shared.metrics import OPERATION_ERRORS, OPERATION_SECONDS, REFUSALS
from shared.telemetry import Telemetry, fail, note, span

TEXTS_KEPT = 512
INVALID = "invalid"
PROBE = "__typename"
"""What the router asks to know whether we live; nobody wants to see it."""
FAULTS = frozenset({"INTERNAL_SERVER_ERROR", "SUBGRAPH_UNAVAILABLE"})
"""Codes that are nobody's wish: an operation with one of them is marked in its trace."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What a subgraph is asked.

    `entities` is the one type that `_entities` asks for, if it is that, and `variables` those that hold which ones.
    """

    subgraph: str
    kind: str
    name: str
    timer: Histogram
    entities: str | None = None
    variables: tuple[str, ...] = ()

    def count(self, variables: Mapping[str, Any] | None) -> int:
        """Answer for how many entities it is."""
        asked = [(variables or {}).get(name) for name in self.variables]
        return sum(len(entities) for entities in asked if isinstance(entities, list))


@dataclass(slots=True)
class Running:
    """An operation under way."""

    operation: Operation
    codes: set[str] = field(default_factory=set)


_running: ContextVar[Running | None] = ContextVar("operation under way", default=None)


class OperationReader:
    """Reads texts of operations; a text that was read before costs a look-up."""

    def __init__(self, subgraph: str, schema: GraphQLSchema) -> None:
        self._subgraph = subgraph
        self._schema = schema
        self.read = lru_cache(TEXTS_KEPT)(self._read)

    def _make(self, kind: str, name: str, entities: str | None = None, variables: tuple[str, ...] = ()) -> Operation:
        timer = OPERATION_SECONDS.labels(self._subgraph, kind, name)
        return Operation(self._subgraph, kind, name, timer, entities, variables)

    def _read(self, text: str | None, name: str | None) -> Operation:
        try:
            document = parse(text or "")
        except (GraphQLError, RecursionError):
            return self._make(INVALID, INVALID)
        found = _operation(document, name)
        root = self._schema.get_root_type(found.operation) if found is not None else None
        if found is None or root is None:
            return self._make(INVALID, INVALID)
        fields = [node for node in found.selection_set.selections if isinstance(node, FieldNode)]
        # The router may ask for a root's type beside what it wants.
        names = {node.name.value for node in fields} - {"__typename"} or {"__typename"}
        if len(names) != 1 or len(fields) != len(found.selection_set.selections):
            return self._make(found.operation.value, "several")
        (asked,) = names
        if asked == "_entities":
            entities = self._entities(fields)
            return self._make(found.operation.value, f"_entities({entities})", entities, _variables(fields))
        known = asked in root.fields or asked in {"__typename", "__schema", "__type"}
        return self._make(found.operation.value, asked) if known else self._make(INVALID, INVALID)

    def _entities(self, fields: Sequence[FieldNode]) -> str:
        types = {
            node.type_condition.name.value
            for field in fields
            for node in (field.selection_set.selections if field.selection_set is not None else ())
            if isinstance(node, InlineFragmentNode) and node.type_condition is not None
        }
        return next(iter(types)) if len(types) == 1 and types <= self._schema.type_map.keys() else "several"


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    found = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    named = [node for node in found if node.name is not None and node.name.value == name]
    return next(iter(named or found), None)


def _variables(fields: Sequence[FieldNode]) -> tuple[str, ...]:
    values = [argument.value for field in fields for argument in field.arguments]
    return tuple(value.name.value for value in values if isinstance(value, VariableNode))


@contextmanager
def observed(operation: Operation, variables: Mapping[str, Any] | None) -> Iterator[Running]:
    """Tell of an operation that runs until the end of the block."""
    running = Running(operation)
    token = _running.set(running)
    began = time.perf_counter()
    try:
        if Telemetry.exporter is None or operation.name == PROBE:
            yield running
            return
        with span(f"{operation.kind} {operation.name}", "server", _attributes(operation, variables)):
            yield running
            _tell_codes(running)
    finally:
        _running.reset(token)
        operation.timer.observe(time.perf_counter() - began)


def _attributes(operation: Operation, variables: Mapping[str, Any] | None) -> dict[str, str | int]:
    attributes: dict[str, str | int] = {
        "bmc.subgraph": operation.subgraph,
        "graphql.operation.type": operation.kind,
        "graphql.operation.name": operation.name,
    }
    if operation.entities is not None:
        attributes |= {"bmc.entities.type": operation.entities, "bmc.entities.count": operation.count(variables)}
    return attributes


def _tell_codes(running: Running) -> None:
    if running.codes:
        note("bmc.codes", " ".join(sorted(running.codes)))
    for fault in sorted(running.codes & FAULTS):
        fail(fault)


def count_error(running: Running, code: str) -> None:
    """Count an entry of `errors`."""
    running.codes.add(code)
    OPERATION_ERRORS.labels(running.operation.subgraph, running.operation.name, code).inc()


def count_refused_request(subgraph: str, code: str) -> None:
    """Count a request that got no further than the door."""
    OPERATION_ERRORS.labels(subgraph, "none", code).inc()


def operation_under_way() -> str | None:
    """Answer the root field of the operation under way, for logs."""
    running = _running.get()
    return running.operation.name if running is not None else None


def count_refusal(code: str) -> None:
    """Count what the business refused in the operation under way."""
    running = _running.get()
    if running is not None:
        running.codes.add(code)
        REFUSALS.labels(running.operation.subgraph, running.operation.name, code).inc()
