"""Completion of the response, the careful way: every value checked against the public schema, every null explained.

NOTE: This is the law; `projection` is the same in generated code for responses in which nothing is amiss, and hands
over to this module whenever something is. A field's value is null where a subgraph failed (with that failure as error
at the field's path), where a value does not fit the public schema (an error, unless it is `@inaccessible`), or where
the data has none. A null in a non-null field makes its nearest nullable parent null; where no error tells why, one is
added.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    InlineFragmentNode,
    SelectionSetNode,
    is_composite_type,
)
from graphql.execution.collect_fields import collect_fields, collect_sub_fields

from router.errors import INTERNAL_SERVER_ERROR, UNAUTHORIZED_FIELD_OR_TYPE
from router.execution.authorisation import Forbidden
from router.execution.faults import Faults, graphql_error
from router.execution.introspection import introspect_fields
from router.execution.runtime_types import ObjectLike, runtime_type
from router.execution.walking import ConcretePath
from router.operation import Operation
from router.supergraph import Supergraph

_MISSING: Any = object()
_INTROSPECTION = frozenset({"__schema", "__type"})


class _NullPropagation(Exception):
    """A non-null field is null; the nearest nullable parent becomes null."""


class Completion:
    """Completes one response.

    `introspected` holds the answers of `__schema` and `__type` by response name; what is `forbidden` becomes null.
    """

    def __init__(
        self,
        supergraph: Supergraph,
        operation: Operation,
        variables: Mapping[str, Any],
        faults: Faults,
        introspected: Mapping[str, Any],
        *,
        forbidden: Forbidden | None = None,
    ) -> None:
        self._schema = supergraph.public_schema
        self._everything = supergraph.schema
        self._operation = operation
        self._fragments = dict(operation.fragments)
        self._variables = dict(variables)
        self._faults = faults
        self._introspected = introspected
        self._forbidden = forbidden
        # Elements of a list are asked for the same: known by the list of their nodes, which lives as long as this.
        self._collected: dict[tuple[str, int], dict[str, list[FieldNode]]] = {}
        self._unexplained: list[tuple[ConcretePath, str]] = []
        self.errors: list[dict[str, Any]] = []

    def complete(self, data: dict[str, Any]) -> dict[str, Any] | None:
        """Make the client's data; `errors` then holds all that the client is told."""
        self.errors = self._located(self._faults.errors)
        fields = collect_fields(
            self._schema,
            self._fragments,
            self._variables,
            self._operation.root_type,
            self._operation.definition.selection_set,
        )
        completed: dict[str, Any] | None
        try:
            completed = self._object_fields(self._operation.root_type, fields, data, ())
        except _NullPropagation:
            completed = None
        self.errors += self._faults.unreported()
        self._explain_nulls()
        return completed

    def _located(self, errors: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Take paths from errors that a subgraph made up: all that may be in one are numbers and the client's names."""
        if not any("path" in error for error in errors):
            return list(errors)
        definitions = (self._operation.definition, *self._fragments.values())
        names = {name for definition in definitions for name in _response_names(definition.selection_set)}
        return [
            error
            if all(type(step) is int or (type(step) is str and step in names) for step in error.get("path", ()))
            else {key: value for key, value in error.items() if key != "path"}
            for error in errors
        ]

    def _object_fields(
        self, object_type: ObjectLike, fields: dict[str, list[FieldNode]], data: Any, path: ConcretePath
    ) -> dict[str, Any]:
        completed: dict[str, Any] = {}
        for response_name, nodes in fields.items():
            name = nodes[0].name.value
            if name == "__typename":
                completed[response_name] = self._typename(object_type, (*path, response_name))
                continue
            if name in _INTROSPECTION:
                completed[response_name] = self._introspect(response_name, nodes, path)
                continue
            definition = object_type.fields[name]
            value = data.get(response_name, _MISSING)
            here = (*path, response_name)
            if self._forbidden is not None and self._forbidden.has_field(object_type.name, name):
                self._refuse(here)
                value = None
            if value is _MISSING:
                self._report_missing(data, response_name, here)
                value = None
            place = f"{object_type.name}.{name}"
            completed[response_name] = self._value(definition.type, nodes, value, here, place)
        return completed

    def _introspect(self, response_name: str, nodes: list[FieldNode], path: ConcretePath) -> Any:
        """Find what was introspected at the root; below it, where a field returns the query type, introspect here."""
        if not path:
            return self._introspected.get(response_name)
        answer = introspect_fields(self._schema, self._operation, nodes, self._variables)
        for error in answer.errors or ():
            self.errors.append({**error.formatted, "path": [*path, *(error.path or ())]})
        return (answer.data or {}).get(response_name)

    def _typename(self, object_type: ObjectLike, path: ConcretePath) -> str:
        if isinstance(object_type, GraphQLObjectType):
            return object_type.name
        self._unexplained.append((path, f"No subgraph knows the type of this {object_type.name}."))
        raise _NullPropagation

    def _report_missing(self, data: dict[str, Any], response_name: str, path: ConcretePath) -> None:
        fault = self._faults.find(data, response_name)
        if fault is not None:
            self.errors.append(fault.as_error(path))

    def _value(
        self, expected: GraphQLOutputType, nodes: list[FieldNode], value: Any, path: ConcretePath, place: str
    ) -> Any:
        if isinstance(expected, GraphQLNonNull):
            completed = self._value(expected.of_type, nodes, value, path, place)
            if completed is None:
                self._unexplained.append((path, f"Cannot return null for non-nullable field {place}."))
                raise _NullPropagation
            return completed
        if value is None:
            return None
        try:
            return self._nullable(expected, nodes, value, path, place)
        except _NullPropagation:
            return None

    def _nullable(
        self, expected: GraphQLOutputType, nodes: list[FieldNode], value: Any, path: ConcretePath, place: str
    ) -> Any:
        if isinstance(expected, GraphQLList) and isinstance(value, list):
            return [
                self._value(expected.of_type, nodes, inner, (*path, index), place) for index, inner in enumerate(value)
            ]
        if isinstance(expected, GraphQLScalarType):
            return value
        if isinstance(expected, GraphQLEnumType) and isinstance(value, str) and value in expected.values:
            return value
        if is_composite_type(expected) and isinstance(value, dict):
            runtime = self._runtime_type(expected, value)
            if runtime is not None and self._forbidden is not None and self._forbidden.has_type(runtime.name):
                self._refuse(path)
                return None
            if runtime is not None:
                return self._object_fields(runtime, self._collect(runtime, nodes), value, path)
        if not self._is_hidden(expected, value):
            self._unexplained.append((path, f"The value of {place} does not fit the schema."))
        return None

    def _refuse(self, path: ConcretePath) -> None:
        message = "Unauthorized field or type."
        self.errors.append(graphql_error(message, path, {"code": UNAUTHORIZED_FIELD_OR_TYPE}))

    def _is_hidden(self, expected: GraphQLOutputType, value: Any) -> bool:
        """Whether a value is fine but `@inaccessible`: it becomes a plain null, which tells nothing."""
        if isinstance(expected, GraphQLEnumType):
            whole = self._everything.get_type(expected.name)
            return isinstance(whole, GraphQLEnumType) and isinstance(value, str) and value in whole.values
        name = value.get("__typename") if isinstance(value, dict) else None
        return isinstance(name, str) and name in self._everything.type_map and name not in self._schema.type_map

    def _collect(self, runtime: ObjectLike, nodes: list[FieldNode]) -> dict[str, list[FieldNode]]:
        key = (runtime.name, id(nodes))
        known = self._collected.get(key)
        if known is None:
            known = collect_sub_fields(self._schema, self._fragments, self._variables, cast("Any", runtime), nodes)
            self._collected[key] = known
        return known

    def _runtime_type(self, expected: GraphQLOutputType, value: dict[str, Any]) -> ObjectLike | None:
        if isinstance(expected, GraphQLObjectType):
            return expected
        name = value.get("__typename")
        return runtime_type(self._schema, expected, name)

    def _explain_nulls(self) -> None:
        """Add an error for each null that no other error explains by a path above or below it."""
        told = {tuple(error["path"]) for error in self.errors if "path" in error}
        above = {path[:length] for path in told for length in range(len(path) + 1)}
        for path, message in self._unexplained:
            if path in above or any(path[:length] in told for length in range(len(path) + 1)):
                continue
            told.add(path)
            above.update(path[:length] for length in range(len(path) + 1))
            self.errors.append(graphql_error(message, path, {"code": INTERNAL_SERVER_ERROR}))


def _response_names(selection_set: SelectionSetNode) -> Iterator[str]:
    waiting = [selection_set]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                yield (node.alias or node.name).value
            if isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set is not None:
                waiting.append(node.selection_set)
