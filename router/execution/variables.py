"""Coercion of the client's variables, once, by the public schema.

The coerced values are JSON again (enums are their names), so they go to subgraphs as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, GraphQLSchema
from graphql.execution.values import get_variable_values

from router.errors import BAD_USER_INPUT, OperationError
from router.operation import Operation

_MAX_ERRORS = 20


def coerce_variables(
    schema: GraphQLSchema, operation: Operation, inputs: Mapping[str, Any], *, hide_suggestions: bool = False
) -> dict[str, Any]:
    """Coerce `inputs`; raises `OperationError` whose errors name the variable and the path inside of it."""
    definitions = operation.definition.variable_definitions
    if not definitions:
        return {}
    coerced = get_variable_values(schema, definitions, dict(inputs), _MAX_ERRORS, hide_suggestions)
    if isinstance(coerced, list):
        raise OperationError(BAD_USER_INPUT, [_name_variable(error) for error in coerced])
    return coerced


def _name_variable(error: GraphQLError) -> GraphQLError:
    """Put the variable's name, which the library only writes into the message, into the extensions."""
    nodes = error.nodes or []
    names = [node.variable.name.value for node in nodes if hasattr(node, "variable")]
    extensions = {"code": BAD_USER_INPUT, **({"variable": names[0]} if names else {})}
    return GraphQLError(error.message, nodes, extensions=extensions)
