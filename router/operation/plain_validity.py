"""Whether a document is valid, seen in one walk where it is plain to see.

The library validates by two dozen visitors, which is by far the most of what an operation costs that nobody has asked
for before. Nearly all documents are valid, and of a plain kind. Those are found here; of all others this does not say
that they are wrong, but that it is not sure, and the library decides and explains. So whatever is rare is left to it:
subscriptions, introspection, directives that may not stand everywhere, several operations.

What makes one walk enough: fields are collected as an execution would, all that stand at one place of the response
together, with fragments spread out. Two fields of one response name in one place must be the same field with the same
arguments and type. That is more than the specification asks of fields of different objects, and so it is only ever
unsure too often. A fragment's fields are collected once in each place, so a document that has few fields, but very many
once spread out, runs into the limit of steps, and one without end into that of depth.

That a document is valid by the library whenever it is found valid here is a property under test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    ArgumentNode,
    DirectiveLocation,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
)
from graphql.utilities import do_types_overlap

from router.operation.plain_values import PlainValues, Unsure
from router.operation.positions import TYPENAME
from router.operation.printing import print_value

_MOST_STEPS = 20_000
_DEEPEST = 100  # The library gives up at 200.
_EVERYWHERE = frozenset({DirectiveLocation.FIELD, DirectiveLocation.FRAGMENT_SPREAD, DirectiveLocation.INLINE_FRAGMENT})
_NO_ARGUMENTS: Mapping[str, GraphQLArgument] = {}


@dataclass(slots=True)
class _Together:
    """Fields of one response name in one place; `definition` is None for `__typename`."""

    node: FieldNode
    definition: GraphQLField | None
    below: list[SelectionSetNode]


_Place: TypeAlias = dict[str, _Together]


def is_plainly_valid(schema: GraphQLSchema, document: DocumentNode) -> bool:
    """Tell whether a document is certainly valid."""
    try:
        _Walk(schema, document).document()
    except (Unsure, RecursionError):
        return False
    return True


class _Walk:
    """Walks over one document; raises `Unsure`."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments: dict[str, FragmentDefinitionNode] = {}
        operations: list[OperationDefinitionNode] = []
        for node in document.definitions:
            if isinstance(node, FragmentDefinitionNode) and node.name.value not in self._fragments:
                self._fragments[node.name.value] = node
            elif isinstance(node, OperationDefinitionNode):
                operations.append(node)
            else:
                raise Unsure
        if len(operations) != 1 or operations[0].directives or operations[0].operation is OperationType.SUBSCRIPTION:
            raise Unsure
        self._operation = operations[0]
        self._values = PlainValues(schema, self._operation.variable_definitions or ())
        self._spread: set[str] = set()
        self._steps_left = _MOST_STEPS
        self._depth = 0

    def document(self) -> None:
        root = self._schema.get_root_type(self._operation.operation)
        if root is None:
            raise Unsure
        self._place(root, [self._operation.selection_set])
        if not self._values.are_all_used() or len(self._spread) != len(self._fragments):
            raise Unsure

    def _place(self, parent: Any, nodes: Sequence[SelectionSetNode]) -> None:
        """Check all that is selected at one place of the response, and then what is below."""
        place: _Place = {}
        self._depth += 1
        for node in nodes:
            self._collect(parent, node, place)
        for together in place.values():
            if together.definition is not None and together.below:
                self._place(get_named_type(together.definition.type), together.below)
        self._depth -= 1

    def _collect(self, parent: Any, node: SelectionSetNode, place: _Place) -> None:
        self._steps_left -= len(node.selections)
        self._depth += 1
        if self._steps_left < 0 or self._depth > _DEEPEST:
            raise Unsure
        for selection in node.selections:
            if selection.directives:
                self._directives(selection.directives)
            if selection.__class__ is FieldNode:
                self._field(parent, selection, place)
            else:
                self._fragment(parent, selection, place)
        self._depth -= 1

    def _fragment(self, parent: Any, selection: SelectionNode, place: _Place) -> None:
        if isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            inner = parent if condition is None else self._narrow(parent, condition)
            self._collect(inner, selection.selection_set, place)
            return
        assert isinstance(selection, FragmentSpreadNode), "A selection is a field, a spread or a fragment."
        name = selection.name.value
        fragment = self._fragments.get(name)
        if fragment is None or fragment.directives:
            raise Unsure
        self._spread.add(name)
        self._collect(self._narrow(parent, fragment.type_condition), fragment.selection_set, place)

    def _narrow(self, parent: Any, condition: NamedTypeNode) -> Any:
        named: Any = self._schema.type_map.get(condition.name.value)
        if named is parent:
            return named
        if not do_types_overlap(self._schema, parent, named):
            raise Unsure
        return named

    def _field(self, parent: Any, node: FieldNode, place: _Place) -> None:
        name = node.name.value
        key = node.alias.value if node.alias else name
        known = place.get(key)
        if known is not None and known.node is node:
            return
        fields: Mapping[str, GraphQLField] = getattr(parent, "fields", {})
        definition = fields.get(name)
        if definition is None and name != TYPENAME:
            raise Unsure
        if node.arguments or (definition is not None and definition.args):
            self._values.check(_NO_ARGUMENTS if definition is None else definition.args, node.arguments)
        below = node.selection_set
        if (below is None) is not (definition is None or is_leaf_type(get_named_type(definition.type))):
            raise Unsure
        if known is None:
            place[key] = _Together(node, definition, [] if below is None else [below])
        elif not _are_same(known, node, definition):
            raise Unsure
        elif below is not None:
            known.below.append(below)

    def _directives(self, nodes: Sequence[DirectiveNode]) -> None:
        names = [node.name.value for node in nodes]
        if len(set(names)) < len(names):
            raise Unsure
        for node in nodes:
            definition = self._schema.get_directive(node.name.value)
            if definition is None or not _EVERYWHERE.issubset(definition.locations):
                raise Unsure
            self._values.check(definition.args, node.arguments)


def _are_same(known: _Together, node: FieldNode, definition: GraphQLField | None) -> bool:
    if known.node.name.value != node.name.value or not _are_alike(known.node.arguments, node.arguments):
        return False
    if known.definition is None or definition is None:
        return known.definition is definition
    return known.definition is definition or str(known.definition.type) == str(definition.type)


def _are_alike(these: Sequence[ArgumentNode], those: Sequence[ArgumentNode]) -> bool:
    if not these and not those:
        return True
    return [(node.name.value, print_value(node.value)) for node in these] == [
        (node.name.value, print_value(node.value)) for node in those
    ]
