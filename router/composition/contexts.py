"""Contexts: which types of a subgraph set them (@context), and which arguments take a value from them (@fromContext).

The value of `field(a: String @fromContext(field: "$shop { currency }"))` is read from the nearest object above that is
of a type with `@context(name: "shop")`. Clients never give it, so the argument is no part of the supergraph's schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import FieldNode, GraphQLSyntaxError, InlineFragmentNode, SelectionSetNode

from router.composition.field_set import parse_field_set
from router.composition.model import Directive, Field, InputValue, Subgraph, TypeDefinition
from router.composition.specification import CONTEXT, FROM_CONTEXT

_IGNORED = r"(?:[\n\r\t ,]|#[^\n\r]*(?![^\n\r]))*"
_REFERENCE = re.compile(rf"^{_IGNORED}\${_IGNORED}([A-Za-z_]\w*)(.*)$", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ContextualArgument:
    """An argument with @fromContext; `context` and `selection` are None where it does not name them."""

    definition: TypeDefinition
    field: Field
    argument: InputValue
    directive: Directive
    context: str | None
    selection: str | None

    @property
    def coordinate(self) -> str:
        return f"{self.definition.name}.{self.field.name}({self.argument.name}:)"

    def selections(self) -> SelectionSetNode | None:
        """Parse what is selected; None where it is no selection set, which a rule reports."""
        try:
            return None if self.selection is None else parse_field_set(self.selection)
        except GraphQLSyntaxError:
            return None


def split_reference(text: object) -> tuple[str | None, str | None]:
    """Split `$context { selection }` into its name and its selection, as it is written."""
    match = _REFERENCE.match(text) if isinstance(text, str) else None
    return (None, None) if match is None else (match[1], match[2])


def is_contextual(argument: InputValue) -> bool:
    """Whether the value is taken from a context."""
    return argument.has(FROM_CONTEXT)


def takes_from_context(field: Field) -> bool:
    """Whether any argument of a field does."""
    return any(is_contextual(argument) for argument in field.arguments.values())


def contextual_arguments_of(definition: TypeDefinition, field: Field) -> Iterator[ContextualArgument]:
    """Yield the arguments of a field whose values come from contexts."""
    for argument in field.arguments.values():
        for directive in argument.applications(FROM_CONTEXT)[:1]:
            context, selection = split_reference(directive.value("field"))
            yield ContextualArgument(definition, field, argument, directive, context, selection or None)


def contextual_arguments(subgraph: Subgraph) -> Iterator[ContextualArgument]:
    """Yield every such argument of a subgraph."""
    for definition in subgraph.types.values():
        for field in definition.fields.values():
            yield from contextual_arguments_of(definition, field)


def context_setters(subgraph: Subgraph) -> Mapping[str, list[TypeDefinition]]:
    """Return the types that set each context."""
    setters: dict[str, list[TypeDefinition]] = {}
    for definition in subgraph.types.values():
        for directive in definition.applications(CONTEXT):
            setters.setdefault(str(directive.value("name")), []).append(definition)
    return setters


def qualified(subgraph: Subgraph, context: str) -> str:
    """Name a context as the supergraph does, where each subgraph has its own."""
    return f"{subgraph.name}__{context}"


def selected_parts(selections: SelectionSetNode) -> Iterator[FieldNode | InlineFragmentNode]:
    """Yield every field and inline fragment of a selection, at any depth."""
    for node in selections.selections:
        if isinstance(node, FieldNode | InlineFragmentNode):
            yield node
            if node.selection_set is not None:
                yield from selected_parts(node.selection_set)
