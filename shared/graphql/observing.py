"""What is told of an operation at a subgraph's door: its root field, time and errors, to metrics and traces.

Operations are known by the root field of our schema, not by the names that clients give them: those are without number
and may say anything. A text that asks for several fields is "several"; one that our schema does not know is "invalid".
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)

from shared.metrics import OPERATION_ERRORS, OPERATION_SECONDS, REFUSALS
from shared.telemetry import fail, note, span

TEXTS_KEPT = 512
FAULTS = frozenset({"INTERNAL_SERVER_ERROR", "SUBGRAPH_UNAVAILABLE"})
"""Codes that are nobody's wish: an operation with one of them is marked in its trace."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What is asked: `entities` is the one type that `_entities` asks for, if it is that."""

    kind: str
    name: str
    entities: str | None = None


INVALID = Operation("invalid", "invalid")


@dataclass(slots=True)
class Running:
    """An operation under way at a subgraph."""

    subgraph: str
    operation: Operation
    codes: set[str] = field(default_factory=set)


_running: ContextVar[Running | None] = ContextVar("operation under way", default=None)


class OperationReader:
    """Reads texts of operations; a text that was read before costs a look-up."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self.read = lru_cache(TEXTS_KEPT)(self._read)

    def _read(self, text: str | None, name: str | None) -> Operation:
        try:
            document = parse(text or "")
        except GraphQLError:
            return INVALID
        found = _operation(document, name)
        root = self._schema.get_root_type(found.operation) if found is not None else None
        if found is None or root is None:
            return INVALID
        fields = [node for node in found.selection_set.selections if isinstance(node, FieldNode)]
        # The router may ask for a root's type beside what it wants.
        names = {node.name.value for node in fields} - {"__typename"} or {"__typename"}
        if len(names) != 1 or len(fields) != len(found.selection_set.selections):
            return Operation(found.operation.value, "several")
        (asked,) = names
        if asked == "_entities":
            entities = self._entities(next(node.selection_set for node in fields if node.name.value == asked))
            return Operation(found.operation.value, f"_entities({entities})", entities)
        known = asked in root.fields or asked in {"__typename", "__schema", "__type"}
        return Operation(found.operation.value, asked) if known else INVALID

    def _entities(self, selections: SelectionSetNode | None) -> str:
        nodes = selections.selections if selections is not None else ()
        types = {
            node.type_condition.name.value
            for node in nodes
            if isinstance(node, InlineFragmentNode) and node.type_condition is not None
        }
        return next(iter(types)) if len(types) == 1 and types <= self._schema.type_map.keys() else "several"


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    found = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    named = [node for node in found if node.name is not None and node.name.value == name]
    return next(iter(named or found), None)


@contextmanager
def observed(subgraph: str, operation: Operation, representations: int) -> Iterator[Running]:
    """Tell of an operation that runs until the end of the block."""
    running = Running(subgraph, operation)
    attributes: dict[str, str | int] = {
        "bmc.subgraph": subgraph,
        "graphql.operation.type": operation.kind,
        "graphql.operation.name": operation.name,
    }
    if operation.entities is not None:
        attributes |= {"bmc.entities.type": operation.entities, "bmc.entities.count": representations}
    token = _running.set(running)
    began = time.perf_counter()
    try:
        with span(f"{operation.kind} {operation.name}", "server", attributes):
            yield running
            if running.codes:
                note("bmc.codes", " ".join(sorted(running.codes)))
            for fault in sorted(running.codes & FAULTS):
                fail(fault)
    finally:
        _running.reset(token)
        seconds = time.perf_counter() - began
        OPERATION_SECONDS.labels(subgraph, operation.kind, operation.name).observe(seconds)


def count_error(running: Running, code: str) -> None:
    """Count an entry of `errors`."""
    running.codes.add(code)
    OPERATION_ERRORS.labels(running.subgraph, running.operation.name, code).inc()


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
        REFUSALS.labels(running.subgraph, running.operation.name, code).inc()
