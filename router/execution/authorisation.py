"""Authorisation before planning: an operation without what its caller may not see.

What is forbidden is a matter of concrete types alone: a type, or a field of a type. A field of an interface is asked
of those types behind it that may show it, and of no other; which null in the response is an unauthorised one is then
told by the object's type, however the field was reached. Nothing that is forbidden comes into the plan, except as a key
or a requirement of something else, which composition has seen to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
)

from router.operation import TYPENAME, Operation
from router.supergraph import AccessRule, Supergraph


class Forbidden:
    """Which types and fields of a supergraph callers may not see who do not meet the rules `unmet`."""

    def __init__(self, supergraph: Supergraph, unmet: frozenset[AccessRule]) -> None:
        self._schema = supergraph.schema
        self._access = supergraph.access
        self._unmet = unmet
        self._types: dict[str, bool] = {}
        self._fields: dict[tuple[str, str], bool] = {}

    def has_type(self, name: str) -> bool:
        """Whether objects of a type, of whatever kind, may never be seen."""
        known = self._types.get(name)
        if known is None:
            known = self._types[name] = self._judge_type(name)
        return known

    def has_field(self, type_name: str, field_name: str) -> bool:
        """Whether a field may never be seen; of an interface, on one of the types behind it."""
        key = (type_name, field_name)
        known = self._fields.get(key)
        if known is None:
            known = self._fields[key] = self._judge_field(type_name, field_name)
        return known

    def _judge_type(self, name: str) -> bool:
        behind = possible_types(self._schema, name)
        if behind is None:
            return not self._unmet.isdisjoint(self._access.of_type(name))
        return bool(behind) and all(self.has_type(possible) for possible in behind)

    def _judge_field(self, type_name: str, field_name: str) -> bool:
        behind = possible_types(self._schema, type_name)
        if behind is not None:
            return any(self.has_field(possible, field_name) for possible in behind)
        if self.has_type(type_name) or not self._unmet.isdisjoint(self._access.of_field(type_name, field_name)):
            return True
        definition = field_of(self._schema.type_map[type_name], field_name)
        return definition is not None and self.has_type(get_named_type(definition.type).name)


def possible_types(schema: GraphQLSchema, name: str) -> list[str] | None:
    """Name the types behind an abstract type; None for any other."""
    kind = schema.type_map[name]
    if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
        return [possible.name for possible in schema.get_possible_types(kind)]
    return None


def field_of(kind: GraphQLNamedType, name: str) -> GraphQLField | None:
    found: GraphQLField | None = getattr(kind, "fields", {}).get(name)
    return found


@dataclass(frozen=True, slots=True)
class Permitted:
    """What is left of an operation; `refusals` has an error for each selection that is gone from some object.

    `hides_objects` says that even what is left may meet objects of a type that may not be seen.
    """

    operation: Operation
    refusals: tuple[GraphQLError, ...]
    hides_objects: bool

    @property
    def is_empty_subscription(self) -> bool:
        """Whether nothing is left to subscribe to."""
        definition = self.operation.definition
        return definition.operation is OperationType.SUBSCRIPTION and definition.selection_set is _TYPENAME


def permit(schema: GraphQLSchema, operation: Operation, forbidden: Forbidden) -> Permitted:
    """Leave out of an operation what is forbidden."""
    pruning = _Pruning(schema, operation.fragments, forbidden)
    selections = pruning.prune(operation.definition.selection_set, operation.root_type.name)
    if not pruning.refusals:
        return Permitted(operation, (), pruning.hides_objects)
    definition = _with_selections(operation.definition, selections or _TYPENAME)
    fragments = {name: node for name, node in pruning.fragments.items() if node is not None}
    pruned = replace(operation, definition=definition, fragments=MappingProxyType(fragments))
    return Permitted(pruned, tuple(pruning.refusals), pruning.hides_objects)


_TYPENAME = SelectionSetNode(selections=(FieldNode(name=NameNode(value=TYPENAME), arguments=(), directives=()),))


def _with_selections(node: OperationDefinitionNode, selections: SelectionSetNode) -> OperationDefinitionNode:
    return OperationDefinitionNode(
        operation=node.operation,
        name=node.name,
        variable_definitions=node.variable_definitions,
        directives=node.directives,
        selection_set=selections,
    )


@dataclass(slots=True)
class _Pruning:
    schema: GraphQLSchema
    before: Mapping[str, FragmentDefinitionNode]
    forbidden: Forbidden
    fragments: dict[str, FragmentDefinitionNode | None] = field(default_factory=dict)
    refusals: list[GraphQLError] = field(default_factory=list)
    hides_objects: bool = False

    def prune(self, node: SelectionSetNode, type_name: str) -> SelectionSetNode | None:
        """Leave out what is forbidden of a selection set; None where nothing remains."""
        kept = [pruned for selection in node.selections for pruned in self._selection(selection, type_name)]
        return SelectionSetNode(selections=tuple(kept)) if kept else None

    def _selection(self, selection: SelectionNode, type_name: str) -> list[SelectionNode]:
        match selection:
            case FieldNode():
                return self._field(selection, type_name)
            case FragmentSpreadNode():
                return [selection] if self._fragment(selection.name.value) is not None else []
            case InlineFragmentNode():
                condition = selection.type_condition.name.value if selection.type_condition else type_name
                inner = self.prune(selection.selection_set, condition)
                return [] if inner is None else [_inline(selection.type_condition, inner, selection)]
            case _:
                raise AssertionError("A selection is a field, a spread or a fragment.")

    def _fragment(self, name: str) -> FragmentDefinitionNode | None:
        if name not in self.fragments:
            node = self.before[name]
            selections = self.prune(node.selection_set, node.type_condition.name.value)
            self.fragments[name] = None if selections is None else FragmentDefinitionNode(
                name=node.name, type_condition=node.type_condition, directives=node.directives, selection_set=selections
            )  # fmt: skip
        return self.fragments[name]

    def _field(self, node: FieldNode, type_name: str) -> list[SelectionNode]:
        name = node.name.value
        if name.startswith("__"):
            return [node]
        if not self.forbidden.has_field(type_name, name):
            return [self._with_inner(node, type_name)]
        self.refusals.append(GraphQLError(f"Unauthorized field or type: {type_name}.{name}.", node))
        behind = possible_types(self.schema, type_name) or ()
        allowed = [possible for possible in behind if not self.forbidden.has_field(possible, name)]
        inner = self._with_inner(node, type_name) if allowed else node
        return [_inline(_named(possible), SelectionSetNode(selections=(inner,)), None) for possible in allowed]

    def _with_inner(self, node: FieldNode, type_name: str) -> FieldNode:
        if node.selection_set is None:
            return node
        definition = field_of(self.schema.type_map[type_name], node.name.value)
        assert definition is not None, "A valid operation selects fields that are there."
        below = get_named_type(definition.type)
        self.hides_objects |= any(map(self.forbidden.has_type, possible_types(self.schema, below.name) or ()))
        pruned = self.prune(node.selection_set, below.name) or _TYPENAME
        return FieldNode(
            alias=node.alias,
            name=node.name,
            arguments=node.arguments,
            directives=node.directives,
            selection_set=pruned,
        )


def _inline(
    condition: NamedTypeNode | None, selections: SelectionSetNode, before: InlineFragmentNode | None
) -> InlineFragmentNode:
    return InlineFragmentNode(
        type_condition=condition, directives=before.directives if before else (), selection_set=selections
    )


def _named(name: str) -> NamedTypeNode:
    return NamedTypeNode(name=NameNode(value=name))
