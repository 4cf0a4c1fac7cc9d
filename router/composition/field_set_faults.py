"""Checks a field set against a schema: what it selects must be there, and be selected as GraphQL has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import FieldNode, InlineFragmentNode, SelectionSetNode, print_ast

from router.composition.field_set import FieldSetWalk
from router.composition.model import COMPOSITE, Field, TypeDefinition


def faults(
    types: Mapping[str, TypeDefinition], walk: FieldSetWalk, parent: str, selections: SelectionSetNode
) -> Iterator[str]:
    """Yield a sentence for each thing that is wrong. Directives in field sets are another rule's business."""
    check = _Check(types, walk)
    yield from check.selections(parent, selections)


class _Check:
    def __init__(self, types: Mapping[str, TypeDefinition], walk: FieldSetWalk) -> None:
        self._types = types
        self._walk = walk

    def selections(self, parent: str, selections: SelectionSetNode) -> Iterator[str]:
        definition = self._types.get(parent)
        for selection in selections.selections:
            if isinstance(selection, InlineFragmentNode):
                yield from self._fragment(parent, selection)
            elif isinstance(selection, FieldNode) and selection.name.value != "__typename":
                if selection.alias is not None:
                    yield f'Cannot use alias "{selection.alias.value}" in "{print_ast(selection)}".'
                field = definition.fields.get(selection.name.value) if definition else None
                if field is None:
                    yield f'Cannot query field "{selection.name.value}" on type "{parent}".'
                else:
                    yield from self._arguments(field, selection)
                    yield from self._value(field, selection)

    def _fragment(self, parent: str, node: InlineFragmentNode) -> Iterator[str]:
        condition = node.type_condition.name.value if node.type_condition else parent
        possible = set(self._walk.possible_types(condition))
        if condition not in self._types:
            yield f'Unknown type "{condition}".'
        elif condition != parent and not possible & set(self._walk.possible_types(parent)):
            yield f'Cannot expand a fragment on "{condition}" in "{parent}": they have no runtime type in common.'
        else:
            yield from self.selections(condition, node.selection_set)

    def _arguments(self, field: Field, node: FieldNode) -> Iterator[str]:
        given = {argument.name.value for argument in node.arguments}
        for name in sorted(given - field.arguments.keys()):
            yield f'Unknown argument "{name}" on field "{field.name}".'
        for argument in field.arguments.values():
            if argument.required and argument.name not in given:
                yield f'Missing mandatory argument "{argument.name}" of field "{field.name}" in "{print_ast(node)}".'

    def _value(self, field: Field, node: FieldNode) -> Iterator[str]:
        definition = self._types.get(field.type.name)
        composite = definition is not None and definition.kind in COMPOSITE
        if composite and node.selection_set is None:
            yield f'Invalid empty selection set for field "{field.name}" of non-leaf type {field.type}.'
        elif not composite and node.selection_set is not None:
            yield f'Field "{field.name}" of leaf type {field.type} cannot have a selection.'
        elif node.selection_set is not None:
            yield from self.selections(field.type.name, node.selection_set)
