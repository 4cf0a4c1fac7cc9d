"""Field sets, the `fields` argument of @key, @requires and @provides: parsed, normalised, and walked over a schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from graphql import (
    FieldNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    print_ast,
)

from router.composition.model import Directive, Kind, TypeDefinition

Coordinate = tuple[str, str]
"""A type's name and a field's name."""


@cache
def parse_field_set(text: str) -> SelectionSetNode:
    """Parse `id owner { name }`; a GraphQLSyntaxError says what is wrong."""
    # A set in braces of its own is accepted, as the reference composer does.
    inner = text.strip()
    document = parse(inner if inner.startswith("{") else f"{{{inner}}}", no_location=True)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode), "A selection in braces parses as an anonymous query."
    return operation.selection_set


def try_field_set(text: str) -> SelectionSetNode | None:
    """Parse, or return None where the text is no field set; a rule of its own reports that."""
    try:
        return parse_field_set(text)
    except GraphQLSyntaxError:
        return None


def field_set_of(directive: Directive) -> SelectionSetNode | None:
    """Return the `fields` of a @key, @requires or @provides, or None where they are no field set."""
    literal = directive.arguments.get("fields")
    return try_field_set(literal.value) if literal is not None and literal.kind == "string" else None


def print_field_set(selections: SelectionSetNode) -> str:
    """Print on one line without the outer braces, as the join specification wants it."""
    text = print_ast(selections)
    # White space inside a string argument has a meaning.
    return text[1:-1].strip() if '"' in text else " ".join(text.split())[2:-2]


def normal_form(text: str) -> frozenset[str]:
    """Return what two field sets have in common when they select the same, whatever the order."""
    selections = try_field_set(text)
    return frozenset() if selections is None else frozenset(_paths(selections, ""))


def _paths(selections: SelectionSetNode, prefix: str) -> Iterator[str]:
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            arguments = ",".join(sorted(print_ast(argument) for argument in selection.arguments))
            path = f"{prefix}.{selection.name.value}({arguments})"
            yield path
            if selection.selection_set:
                yield from _paths(selection.selection_set, path)
        elif isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition.name.value if selection.type_condition else ""
            yield from _paths(selection.selection_set, f"{prefix}...{condition}")


class FieldSetWalk:
    """Walks field sets over the types of one schema; what does not exist there is passed over."""

    def __init__(self, types: Mapping[str, TypeDefinition]) -> None:
        self._types = types
        self._implementations: dict[str, list[str]] = {}
        for definition in types.values():
            if definition.kind is Kind.OBJECT:
                for interface in definition.interfaces:
                    self._implementations.setdefault(interface, []).append(definition.name)

    def possible_types(self, name: str) -> tuple[str, ...]:
        """Return the object types which a value of this type can have."""
        definition = self._types.get(name)
        match None if definition is None else definition.kind:
            case Kind.OBJECT:
                return (name,)
            case Kind.INTERFACE:
                return tuple(self._implementations.get(name, ()))
            case Kind.UNION if definition is not None:
                return definition.members
            case _:
                return ()

    def targets(
        self, parent: str, selections: SelectionSetNode | None, *, with_implementations: bool
    ) -> Iterator[Coordinate]:
        """Yield each field that is selected, and with them those which implement a selected interface field."""
        for selection in selections.selections if selections else ():
            if isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition.name.value if selection.type_condition else parent
                yield from self.targets(condition, selection.selection_set, with_implementations=with_implementations)
            elif isinstance(selection, FieldNode):
                yield from self._field_targets(parent, selection, with_implementations=with_implementations)

    def _field_targets(self, parent: str, node: FieldNode, *, with_implementations: bool) -> Iterator[Coordinate]:
        definition = self._types.get(parent)
        field = definition.fields.get(node.name.value) if definition else None
        if definition is None or field is None:
            return
        yield parent, field.name
        if definition.kind is Kind.INTERFACE and with_implementations:
            for name in self.possible_types(parent):
                if field.name in self._types[name].fields:
                    yield name, field.name
        yield from self.targets(field.type.name, node.selection_set, with_implementations=with_implementations)
