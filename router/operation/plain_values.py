"""Whether the values of a document fit where they stand: the part of `plain_validity` that is about arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import (
    ArgumentNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    ListValueNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    type_from_ast,
)
from graphql.pyutils import Undefined
from graphql.validation.rules.variables_in_allowed_position import allowed_variable_usage


class Unsure(Exception):
    """The document is not of the plain kind; it may be valid."""


class PlainValues:
    """The variables of one operation, and the values that may use them."""

    def __init__(self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]) -> None:
        self._schema = schema
        self._variables: dict[str, tuple[Any, ValueNode | None]] = {}
        self._used: set[str] = set()
        for node in definitions:
            name = node.variable.name.value
            expected: Any = type_from_ast(schema, node.type)
            if name in self._variables or node.directives:
                raise Unsure
            # What is no type, or none of inputs, fits nowhere, and so the variable is never used.
            if node.default_value is not None:
                self._value(node.default_value, expected, Undefined)
            self._variables[name] = (expected, node.default_value)

    def are_all_used(self) -> bool:
        return len(self._used) == len(self._variables)

    def check(
        self,
        defined: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
        given: Sequence[ArgumentNode] | Sequence[ObjectFieldNode],
    ) -> None:
        """Check named values: each is defined, given once, and fits, and none is missing that is required."""
        names: set[str] = set()
        for node in given:
            name = node.name.value
            definition = defined.get(name)
            if definition is None or name in names:
                raise Unsure
            names.add(name)
            self._value(node.value, definition.type, definition.default_value)
        if len(names) < len(defined):
            for name, definition in defined.items():
                required = isinstance(definition.type, GraphQLNonNull) and definition.default_value is Undefined
                if required and name not in names:
                    raise Unsure

    def _value(self, node: ValueNode, expected: Any, default: Any) -> None:
        if isinstance(node, VariableNode):
            self._variable(node.name.value, expected, default)
            return
        if isinstance(expected, GraphQLNonNull):
            if isinstance(node, NullValueNode):
                raise Unsure
            expected = expected.of_type
        if isinstance(node, NullValueNode):
            return
        if isinstance(expected, GraphQLList) and isinstance(node, ListValueNode):
            for item in node.values:
                self._value(item, expected.of_type, Undefined)
        elif isinstance(expected, GraphQLInputObjectType) and isinstance(node, ObjectValueNode):
            if expected.is_one_of:
                raise Unsure
            self.check(expected.fields, node.fields)
        elif isinstance(expected, GraphQLScalarType | GraphQLEnumType) and not isinstance(
            node, ListValueNode | ObjectValueNode
        ):
            _literal(node, expected)
        else:
            raise Unsure

    def _variable(self, name: str, expected: Any, default: Any) -> None:
        known = self._variables.get(name)
        if known is None or not allowed_variable_usage(self._schema, *known, expected, default):
            raise Unsure
        self._used.add(name)


def _literal(node: ValueNode, expected: GraphQLScalarType | GraphQLEnumType) -> None:
    try:
        fits = expected.parse_literal(node) is not Undefined
    except Exception as error:  # A scalar may raise anything, and the library says what it was.
        raise Unsure from error
    if not fits:
        raise Unsure
