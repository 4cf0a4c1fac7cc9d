"""Introspection, answered by the router alone from the public schema."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    execute_sync,
)
from graphql.execution.collect_fields import collect_fields

from router.operation import Operation

_MENTION = re.compile(r"__(schema|type)\b")
_INTROSPECTION = frozenset({"__schema", "__type"})


def mentions_introspection(operation: Operation) -> bool:
    """Tell whether an operation may ask for `__schema` or `__type`; sure only when it says no."""
    return _MENTION.search(operation.text) is not None


def introspect(schema: GraphQLSchema, operation: Operation, variables: Mapping[str, Any]) -> ExecutionResult | None:
    """Answer the operation's `__schema` and `__type` fields; None when it has none."""
    fields = collect_fields(
        schema,
        dict(operation.fragments),
        dict(variables),
        operation.root_type,
        operation.definition.selection_set,
    )
    asked: list[FieldNode] = [
        node for nodes in fields.values() if nodes[0].name.value in _INTROSPECTION for node in nodes
    ]
    return introspect_fields(schema, operation, asked, variables) if asked else None


def introspect_fields(
    schema: GraphQLSchema, operation: Operation, asked: Iterable[FieldNode], variables: Mapping[str, Any]
) -> ExecutionResult:
    """Answer some `__schema` and `__type` fields, wherever in the operation they stand."""
    definition = operation.definition
    reduced = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=definition.name,
        variable_definitions=definition.variable_definitions,
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(asked)),
    )
    document = DocumentNode(definitions=(reduced, *operation.fragments.values()))
    return execute_sync(schema, document, variable_values=dict(variables))
