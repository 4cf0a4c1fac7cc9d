"""Coercion of the client's variables, once, by the public schema.

The coerced values are JSON again (enums are their names), so they go to subgraphs as they are. The types of an
operation's variables are looked up once; the library's own coercion, which looks them up each time, is only asked when
something is wrong, since it explains best.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    coerce_input_value,
    type_from_ast,
    value_from_ast,
)
from graphql.execution.values import get_variable_values
from graphql.pyutils import Undefined

from router.errors import BAD_USER_INPUT, OperationError
from router.operation import Operation, locate_operation

_MAX_ERRORS = 20
_NESTED = frozenset({dict, list})


class VariableCoercion:
    """Coerces the variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: Operation) -> None:
        self._schema = schema
        self._operation = operation
        self._known: list[tuple[str, GraphQLInputType, Any, type | None]] = []
        for definition in operation.definition.variable_definitions or ():
            expected: Any = type_from_ast(schema, definition.type)
            default = value_from_ast(definition.default_value, expected) if definition.default_value else Undefined
            name = definition.variable.name.value
            if default is not Undefined:
                _check_writable(name, default)
            self._known.append((name, expected, default, _plain_class(expected)))

    def coerce(self, inputs: Mapping[str, Any], *, hide_suggestions: bool = False) -> dict[str, Any]:
        """Coerce `inputs`; raises `OperationError` whose errors name the variable and the path inside of it."""
        coerced: dict[str, Any] = {}
        for name, expected, default, plain in self._known:
            value = inputs.get(name, Undefined)
            if value.__class__ is plain:
                coerced[name] = value
                continue
            if value is Undefined:
                value = default
                if value is Undefined and isinstance(expected, GraphQLNonNull):
                    return self._explain(inputs, hide_suggestions=hide_suggestions)
                if value is not Undefined:
                    coerced[name] = value
                continue
            try:
                coerced[name] = value = coerce_input_value(value, expected, _refuse)
            except (GraphQLError, RecursionError):
                return self._explain(inputs, hide_suggestions=hide_suggestions)
            if value.__class__ in _NESTED:
                _check_writable(name, value)
        return coerced

    def _explain(self, inputs: Mapping[str, Any], *, hide_suggestions: bool) -> dict[str, Any]:
        definitions = locate_operation(self._operation).definition.variable_definitions or ()
        coerced = get_variable_values(self._schema, definitions, dict(inputs), _MAX_ERRORS, hide_suggestions)
        if isinstance(coerced, list):
            raise OperationError(BAD_USER_INPUT, [_name_variable(error) for error in coerced])
        return coerced


def _plain_class(expected: object) -> type | None:
    """Tell the class of the values that are coerced to themselves, if a type has one."""
    inner = expected.of_type if isinstance(expected, GraphQLNonNull) else expected
    if inner is GraphQLString or inner is GraphQLID:
        return str
    return bool if inner is GraphQLBoolean else None


def _check_writable(name: str, value: object) -> None:
    """Refuse what could not be sent on: input within input within input, or a number that JSON here has no room for."""
    try:
        orjson.dumps({name: value})
    except orjson.JSONEncodeError:
        message = f"Variable '${name}' is nested too deeply, or holds a number that is too large."
        raise OperationError(BAD_USER_INPUT, [GraphQLError(message, extensions={"variable": name})]) from None


def _refuse(_: object, __: object, error: GraphQLError) -> None:
    raise error


def _name_variable(error: GraphQLError) -> GraphQLError:
    """Put the variable's name, which the library only writes into the message, into the extensions."""
    nodes = error.nodes or []
    names = [node.variable.name.value for node in nodes if hasattr(node, "variable")]
    extensions = {"code": BAD_USER_INPUT, **({"variable": names[0]} if names else {})}
    return GraphQLError(error.message, nodes, extensions=extensions)
