"""CONTEXT_INVALID_SELECTION: what @fromContext selects is not one value of the argument's type, wherever it is set.

Either one field, with one field below each, or a fragment for each type that may set the context. Wherever the value
comes from it may be null, so the argument takes null at every depth.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import FieldNode, GraphQLSyntaxError, InlineFragmentNode, SelectionSetNode

from router.composition.contexts import (
    ContextualArgument,
    context_setters,
    contextual_arguments,
    selected_parts,
)
from router.composition.facts import Facts
from router.composition.field_set import parse_field_set
from router.composition.field_set_faults import faults
from router.composition.model import ROOTS, Kind, TypeDefinition
from router.composition.type_reference import TypeReference
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    setters = context_setters(facts.subgraph)
    for use in contextual_arguments(facts.subgraph):
        setting = setters.get(use.context or "")
        if use.definition.kind is not Kind.OBJECT or not setting or not use.selection:
            continue
        fault = next(_Check(facts, use, use.selection).faults(setting), None)
        if fault is not None:
            message = f'Context "{use.context}" is used in "{use.coordinate}" but the selection is invalid{fault}'
            yield CompositionIssue("CONTEXT_INVALID_SELECTION", message, facts.name, use.directive.line)


class _Check:
    """Looks for what is wrong with one selection; what is said first is enough."""

    def __init__(self, facts: Facts, use: ContextualArgument, text: str) -> None:
        self.facts = facts
        self.use = use
        self.text = text
        self.matched: set[str] = set()

    def faults(self, setters: list[TypeDefinition]) -> Iterator[str]:
        try:
            selections = parse_field_set(self.text)
        except GraphQLSyntaxError as error:
            yield f": {error.message}"
            return
        yield from _shape_faults(selections)
        for setter in setters:
            if isinstance(selections.selections[0], FieldNode):
                yield from self._field_faults(setter.name, setter.name, selections)
            else:
                yield from self._fragment_faults(setter.name, selections)
        for node in selections.selections:
            if isinstance(node, InlineFragmentNode) and node.type_condition.name.value not in self.matched:
                yield f': type condition "{node.type_condition.name.value}" is never used.'

    def _fragment_faults(self, setter: str, selections: SelectionSetNode) -> Iterator[str]:
        possible = self.facts.walk.possible_types(setter)
        fitting: dict[str, SelectionSetNode] = {}
        for node in selections.selections:
            assert isinstance(node, InlineFragmentNode), "Beside a fragment there are only fragments."
            condition = node.type_condition.name.value
            if self.facts.subgraph.kind(condition) is not Kind.OBJECT:
                yield ': type conditions must be an object type"'
            elif condition in possible:
                fitting[condition] = node.selection_set
        if not fitting:
            yield f': no type condition matches the location "{setter}"'
        self.matched.update(fitting)
        for condition, inner in fitting.items():
            yield from self._field_faults(setter, condition, inner)

    def _field_faults(self, setter: str, parent: str, selections: SelectionSetNode) -> Iterator[str]:
        for fault in faults(self.facts.subgraph.types, self.facts.walk, parent, selections):
            yield f" for type {setter}. Error: {fault}"
        selected = self._selected_type(parent, selections)
        expected = self.use.argument.type
        if selected is None:
            yield ": multiple fields could be selected"
        elif not _fits(selected, expected):
            yield f': the type of the selection "{selected}" does not match the expected type "{expected}"'
        for name in self._passed(parent, selections):
            if self.facts.is_interface_object(name):
                yield f': One of the types in the selection is an interfaceObject: "{name}"'

    def _selected_type(self, parent: str, selections: SelectionSetNode) -> TypeReference | None:
        """Return the type of what is selected, lists around lists, all nullable; None if it is not one value."""
        return self._type_of(parent, selections.selections[0]) if len(selections.selections) == 1 else None

    def _type_of(self, parent: str, node: object) -> TypeReference | None:
        if not isinstance(node, FieldNode) or parent not in self.facts.subgraph.types:
            return None
        if node.name.value == "__typename" and parent not in ROOTS:
            return TypeReference("String")
        field = self.facts.subgraph.types[parent].fields.get(node.name.value)
        if field is None:
            return None
        if node.selection_set is None:
            return _wrap(field.type, TypeReference(field.type.name))
        inner = self._selected_type(field.type.name, node.selection_set)
        return None if inner is None else _wrap(field.type, inner)

    def _passed(self, parent: str, selections: SelectionSetNode) -> Iterator[str]:
        yield parent
        for node in selections.selections:
            if isinstance(node, FieldNode) and node.selection_set is not None:
                field = self.facts.subgraph.types[parent].fields.get(node.name.value)
                if field is not None:
                    yield from self._passed(field.type.name, node.selection_set)


def _shape_faults(selections: SelectionSetNode) -> Iterator[str]:
    first = selections.selections[0]
    conditions = [
        node.type_condition.name.value
        for node in selections.selections
        if isinstance(node, InlineFragmentNode) and node.type_condition is not None
    ]
    if not isinstance(first, FieldNode | InlineFragmentNode):
        yield ": fragment spread is not allowed"
    elif isinstance(first, FieldNode) and len(selections.selections) > 1:
        yield ": multiple selections are made"
    elif not all(isinstance(node, type(first)) for node in selections.selections):
        yield ": multiple fields could be selected"
    elif isinstance(first, InlineFragmentNode) and len(set(conditions)) != len(selections.selections):
        yield ": type conditions have same name"
    if any(node.directives for node in selected_parts(selections)):
        yield ": directives are not allowed in the selection"
    if any(isinstance(node, FieldNode) and node.alias is not None for node in selected_parts(selections)):
        yield ": aliases are not allowed in the selection"


def _wrap(outer: TypeReference, inner: TypeReference) -> TypeReference:
    if outer.item is None:
        return inner
    item = _wrap(outer.item, inner)
    return TypeReference(item.name, item)


def _fits(selected: TypeReference, expected: TypeReference) -> bool:
    """Say whether the argument takes it. What is selected is never sure not to be null."""
    if expected.non_null or (selected.item is None) != (expected.item is None):
        return False
    if selected.item is not None and expected.item is not None:
        return _fits(selected.item, expected.item)
    return selected.name == expected.name
