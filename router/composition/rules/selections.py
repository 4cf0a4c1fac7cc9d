"""Walks the field sets of a subgraph for the rules about them, with where each selection stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import FieldNode, InlineFragmentNode, SelectionSetNode

from router.composition.facts import Facts, field_set_uses
from router.composition.field_set import field_set_of
from router.composition.model import Directive, Field, Kind, TypeDefinition
from router.composition.printing import print_directive

PREFIXES = {"@key": "KEY", "@requires": "REQUIRES", "@provides": "PROVIDES"}
"""What the codes of the rules about field sets begin with."""


@dataclass(frozen=True, slots=True)
class FieldSetUse:
    """One @key, @requires or @provides: on `definition`, and on its `field` but for keys; selecting on `parent`."""

    definition: TypeDefinition
    field: str | None
    parent: str
    directive: Directive

    @property
    def prefix(self) -> str:
        return PREFIXES[self.directive.name]

    def __str__(self) -> str:
        place = (
            f'type "{self.definition.name}"' if self.field is None else f'field "{self.definition.name}.{self.field}"'
        )
        return f"On {place}, for {print_directive(self.directive)}"


@dataclass(frozen=True, slots=True)
class Selected:
    """A field selected by a field set; `under_external` says that it hangs below an external field."""

    use: FieldSetUse
    definition: TypeDefinition
    field: Field
    node: FieldNode
    under_external: bool

    @property
    def coordinate(self) -> str:
        return f"{self.definition.name}.{self.field.name}"


def uses(facts: Facts, *names: str) -> Iterator[FieldSetUse]:
    """Yield every use of the named directives in a subgraph."""
    for name in names or PREFIXES:
        for definition, field, parent, directive in field_set_uses(facts.subgraph, name):
            yield FieldSetUse(definition, field, parent, directive)


def selected(facts: Facts, *names: str) -> Iterator[Selected]:
    """Yield every field that exists and is selected by a field set of the named directives."""
    for use in uses(facts, *names):
        selections = field_set_of(use.directive)
        if selections is not None:
            yield from _walk(facts, use, use.parent, selections, under_external=False)


def _walk(
    facts: Facts, use: FieldSetUse, parent: str, selections: SelectionSetNode, *, under_external: bool
) -> Iterator[Selected]:
    definition = facts.subgraph.types.get(parent)
    for selection in selections.selections:
        if isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition.name.value if selection.type_condition else parent
            yield from _walk(facts, use, condition, selection.selection_set, under_external=under_external)
        elif isinstance(selection, FieldNode) and definition and selection.name.value in definition.fields:
            field = definition.fields[selection.name.value]
            yield Selected(use, definition, field, selection, under_external)
            if selection.selection_set:
                inside = under_external or may_be_external(facts, definition, field)
                yield from _walk(facts, use, field.type.name, selection.selection_set, under_external=inside)


def may_be_external(facts: Facts, definition: TypeDefinition, field: Field) -> bool:
    """Say whether the field is external, or its implementation in some type is."""
    names = facts.walk.possible_types(definition.name) if definition.kind is Kind.INTERFACE else ()
    return any((name, field.name) in facts.external for name in (definition.name, *names))
