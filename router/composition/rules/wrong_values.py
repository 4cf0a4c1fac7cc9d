"""Finds constants in a schema that do not fit their types: arguments of directives, and default values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from graphql import (
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    InputValueDefinitionNode,
    Undefined,
    Visitor,
    is_input_type,
    print_ast,
    type_from_ast,
    value_from_ast,
    visit,
)


def wrong_values(schema: GraphQLSchema, document: DocumentNode, exempt: frozenset[str]) -> Iterator[GraphQLError]:
    """Yield an error for each constant that cannot be coerced; directives in `exempt` have rules of their own."""
    visitor = _Values(schema, exempt)
    visit(document, visitor)
    yield from visitor.errors


class _Values(Visitor):
    def __init__(self, schema: GraphQLSchema, exempt: frozenset[str]) -> None:
        super().__init__()
        self.errors: list[GraphQLError] = []
        self._schema = schema
        self._exempt = exempt

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        definition = self._schema.get_directive(node.name.value)
        if definition is None or node.name.value in self._exempt:
            return
        for argument in node.arguments:
            wanted = definition.args.get(argument.name.value)
            if wanted is not None and value_from_ast(argument.value, wanted.type) is Undefined:
                message = (
                    f'Invalid value for "@{node.name.value}({argument.name.value}:)" of type "{wanted.type}":'
                    f" {print_ast(argument.value)}."
                )
                self.errors.append(GraphQLError(message, argument))

    def enter_input_value_definition(self, node: InputValueDefinitionNode, *_: object) -> None:
        if node.default_value is None:
            return
        wanted = type_from_ast(self._schema, node.type)
        if is_input_type(wanted) and value_from_ast(node.default_value, cast(GraphQLInputType, wanted)) is Undefined:
            message = (
                f'Invalid default value (got: {print_ast(node.default_value)}) provided for "{node.name.value}" of type'
                f" {print_ast(node.type)}."
            )
            self.errors.append(GraphQLError(message, node.default_value))
