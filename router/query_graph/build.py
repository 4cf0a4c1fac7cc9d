"""Builds the query graph from the supergraph's model.

Three rules decide what a node can answer.

*Objects.* A subgraph answers each field that it owns, unless the field is external there or overridden.
*Interfaces.* A field can be asked of an interface as such only if the subgraph can answer it for every type it may
return there, without requirements; otherwise the planner must go type by type. An interface object answers for all.
*Provided fields.* `@provides` on a field leads to a view: a copy of the target node which also answers the provided
fields. Views are copies, so nothing else of planning needs to know about `@provides`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graphql import (
    FieldNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)

from router.query_graph.nodes import NOTHING, Demand, FieldMove, GraphNode, KeyMove
from router.supergraph import JoinedType, OwnedField, Supergraph


class GraphBuilder:
    """Builds every node of one supergraph; `active_labels` are the progressive overrides that are on."""

    def __init__(self, supergraph: Supergraph, active_labels: frozenset[str]) -> None:
        self.supergraph = supergraph
        self.active_labels = active_labels
        self.nodes: dict[tuple[str, str], GraphNode] = {}
        # Those of `nodes`, and views.
        self.all: list[GraphNode] = []

    def build(self) -> None:
        types = self.supergraph.types
        for name, joined in types.items():
            if is_composite_type(self.supergraph.schema.type_map.get(name)):
                for subgraph, owner in joined.owners.items():
                    self.nodes[name, subgraph] = self._new_node(
                        name, subgraph, is_interface_object=owner.is_interface_object
                    )
        for (name, _), node in self.nodes.items():
            self._add_possible(node, types[name])
        # What an interface can be asked for depends on its objects, so objects come first.
        for (name, _), node in sorted(self.nodes.items(), key=lambda item: item[1].is_abstract):
            self._add_moves(node, types[name])
        for joined in types.values():
            self._add_provided(joined)

    def _is_object(self, name: str) -> bool:
        return isinstance(self.supergraph.schema.type_map.get(name), GraphQLObjectType)

    def _new_node(self, type_name: str, subgraph: str, *, is_interface_object: bool) -> GraphNode:
        is_abstract = is_abstract_type(self.supergraph.schema.type_map[type_name])
        node = GraphNode(len(self.all) + 1, type_name, subgraph, is_abstract, is_interface_object)
        self.all.append(node)
        return node

    def _add_possible(self, node: GraphNode, joined: JoinedType) -> None:
        if node.is_interface_object:
            return
        if not node.is_abstract:
            node.possible[node.type_name] = node
            return
        members: Iterable[str] = joined.members.get(node.subgraph, frozenset())
        if isinstance(self.supergraph.schema.type_map[node.type_name], GraphQLInterfaceType):
            members = [
                name
                for name, candidate in self.supergraph.types.items()
                if node.type_name in candidate.interfaces.get(node.subgraph, frozenset()) and self._is_object(name)
            ]
        for name in sorted(members):
            if (member := self.nodes.get((name, node.subgraph))) is not None:
                node.possible[name] = member

    def _is_answered(self, owned: OwnedField | None) -> bool:
        if owned is None or owned.external:
            return False
        if owned.override_label is None:
            return True
        return (owned.override_label in self.active_labels) is owned.label_active

    def _target_of(self, type_name: str, field_name: str, subgraph: str) -> GraphNode | None:
        """Find the node that a field leads to in a subgraph, None for a leaf."""
        type_ = self.supergraph.schema.type_map[type_name]
        assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType), f"{type_name} has no fields."
        target = get_named_type(type_.fields[field_name].type)
        if not is_composite_type(target):
            return None
        owned = self.supergraph.types[type_name].fields[field_name].get(subgraph)
        name = owned.type_name if owned is not None and owned.type_name else target.name
        return self.nodes.get((name, subgraph)) or self.nodes[target.name, subgraph]

    def _add_moves(self, node: GraphNode, joined: JoinedType) -> None:
        for name, owners in joined.fields.items():
            owned = owners.get(node.subgraph)
            if owned is None or not self._is_answered(owned):
                continue
            by_type = node.is_abstract and not node.is_interface_object
            if by_type and not all(is_plain(concrete, name) for concrete in node.possible.values()):
                continue
            target = self._target_of(joined.name, name, node.subgraph)
            node.moves[name] = FieldMove(name, target, _demand_of(owned))

    def _add_provided(self, joined: JoinedType) -> None:
        for name, owners in joined.fields.items():
            for subgraph, owned in owners.items():
                node = self.nodes.get((joined.name, subgraph))
                if owned.provides is None or node is None:
                    continue
                move = node.moves.get(name)
                if move is not None and move.target is not None:
                    node.moves[name] = FieldMove(name, self._view(move.target, owned.provides), move.demand)

    def _view(self, base: GraphNode, provided: SelectionSetNode) -> GraphNode:
        """Copy a node as it looks where `provided` has been added to it."""
        view = self._new_node(base.type_name, base.subgraph, is_interface_object=base.is_interface_object)
        view.moves = dict(base.moves)
        view.possible = dict(base.possible) if base.is_abstract else {base.type_name: view}
        common = [node for node in provided.selections if isinstance(node, FieldNode)]
        for node in provided.selections:
            if isinstance(node, InlineFragmentNode):
                condition = node.type_condition.name.value if node.type_condition else base.type_name
                if condition == base.type_name:
                    view = self._view(view, node.selection_set)
                else:
                    self._provide_by_type(view, self._concrete_types(condition, base.subgraph), node.selection_set)
        if base.is_abstract and common:
            self._provide_by_type(view, view.possible, SelectionSetNode(selections=tuple(common)))
        for node in common:
            if node.name.value != "__typename" and base.type_name in self.supergraph.types:
                self._provide_field(view, node)
        return view

    def _concrete_types(self, name: str, subgraph: str) -> Mapping[str, GraphNode]:
        node = self.nodes.get((name, subgraph))
        return {} if node is None else node.possible

    def _provide_by_type(self, view: GraphNode, types: Mapping[str, GraphNode], provided: SelectionSetNode) -> None:
        for name in types:
            if view.is_abstract and name in view.possible:
                view.possible[name] = self._view(view.possible[name], provided)

    def _provide_field(self, view: GraphNode, node: FieldNode) -> None:
        name = node.name.value
        known = view.moves.get(name)
        target = known.target if known else self._target_of(view.type_name, name, view.subgraph)
        if target is not None and node.selection_set is not None:
            target = self._view(target, node.selection_set)
        view.moves[name] = FieldMove(name, target, None)


def _demand_of(owned: OwnedField) -> Demand | None:
    return Demand(owned.requires, owned.contextual) if owned.requires is not None or owned.contextual else None


def is_plain(node: GraphNode, field_name: str) -> bool:
    """Whether the node answers the field without being sent anything."""
    move = node.moves.get(field_name)
    return move is not None and move.demand is None


def build_root_moves(
    supergraph: Supergraph, nodes: Mapping[tuple[str, str], GraphNode]
) -> dict[str, tuple[KeyMove, ...]]:
    """Find the entrances for objects of the query type: they are entered by nothing, for every subgraph has them."""
    query = supergraph.schema.query_type
    if query is None:
        return {}
    return {query.name: tuple(KeyMove(node, NOTHING, 0) for (name, _), node in nodes.items() if name == query.name)}


def build_key_moves(
    supergraph: Supergraph, nodes: Mapping[tuple[str, str], GraphNode]
) -> dict[str, tuple[KeyMove, ...]]:
    """Find, for each type, the entrances that an object of it may take: its own keys and those of interface objects."""
    moves: dict[str, tuple[KeyMove, ...]] = {}
    for joined in supergraph.types.values():
        found: list[KeyMove] = []
        interfaces = sorted(frozenset[str]().union(*joined.interfaces.values()))
        for name in (joined.name, *interfaces):
            owner_type = supergraph.types.get(name)
            for subgraph, owner in owner_type.owners.items() if owner_type else ():
                node = nodes.get((name, subgraph))
                if node is None or (name != joined.name and not owner.is_interface_object):
                    continue
                found.extend(KeyMove(node, key.fields, _size(key.fields)) for key in owner.keys if key.resolvable)
        if found:
            moves[joined.name] = tuple(found)
    return moves


def _size(wanted: SelectionSetNode) -> int:
    fields = [node for node in wanted.selections if isinstance(node, FieldNode)]
    inner = [node.selection_set for node in wanted.selections if isinstance(node, FieldNode | InlineFragmentNode)]
    return len(fields) + sum(_size(below) for below in inner if below is not None)
