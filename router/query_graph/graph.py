"""The query graph as the planner asks it: entrances, roots, and what a node can answer by itself."""

from __future__ import annotations

from graphql import FieldNode, InlineFragmentNode, SelectionSetNode

from router.query_graph.build import GraphBuilder, build_key_moves, build_root_moves
from router.query_graph.nodes import Entrances, GraphNode, KeyMove
from router.supergraph import Supergraph


class QueryGraph:
    """All nodes of one supergraph, with answers that are worked out once and kept."""

    def __init__(self, supergraph: Supergraph, active_labels: frozenset[str] = frozenset()) -> None:
        self.supergraph = supergraph
        builder = GraphBuilder(supergraph, active_labels)
        builder.build()
        self.nodes = builder.nodes
        self._all = builder.all
        self._entrances: Entrances = {
            **build_key_moves(supergraph, self.nodes),
            **build_root_moves(supergraph, self.nodes),
        }
        self._answers: dict[tuple[int, int], bool] = {}
        self._roots: dict[str, tuple[GraphNode, ...]] = {}
        self._able: dict[tuple[str, str], frozenset[str]] = {}
        self._constraints: dict[tuple[str, str], tuple[bool, int]] = {}
        self._reach: dict[tuple[int, str], bool] = {}
        self._parts: dict[int, tuple[SelectionSetNode, ...]] = {}
        # Field sets are known by their ids, which stay theirs only while they live.
        self._held: list[SelectionSetNode] = []

    def entrances(self, type_name: str) -> tuple[KeyMove, ...]:
        """List the ways in for an object of this type, from anywhere."""
        return self._entrances.get(type_name, ())

    def roots(self, type_name: str) -> tuple[GraphNode, ...]:
        """List the nodes of a root type, one a subgraph."""
        found = self._roots.get(type_name)
        if found is None:
            found = tuple(node for (name, _), node in self.nodes.items() if name == type_name)
            self._roots[type_name] = found
        return found

    def split(self, wanted: SelectionSetNode) -> tuple[SelectionSetNode, ...]:
        """Split a field set into one for each of its fields; the same ones every time."""
        found = self._parts.get(id(wanted))
        if found is None:
            found = tuple(SelectionSetNode(selections=(selection,)) for selection in wanted.selections)
            self._parts[id(wanted)] = found
            self._held.append(wanted)
        return found

    def can_answer(self, node: GraphNode, wanted: SelectionSetNode) -> bool:
        """Whether a node answers a field set alone: in its own subgraph, without entrances or requirements."""
        key = (node.id, id(wanted))
        known = self._answers.get(key)
        if known is None:
            known = all(self._answers_one(node, selection) for selection in wanted.selections)
            self._answers[key] = known
            self._held.append(wanted)
        return known

    def can_reach(self, node: GraphNode, field_name: str) -> bool:
        """Whether an object of a concrete type, seen as this node, can get at a field here or by keys."""
        known = self._reach.get((node.id, field_name))
        if known is None:
            known = any(field_name in found.moves for found in self._reachable(node))
            self._reach[node.id, field_name] = known
        return known

    def _reachable(self, node: GraphNode) -> list[GraphNode]:
        found = [node]
        grown = True
        while grown:
            grown = False
            for move in self.entrances(node.type_name):
                if move.target in found:
                    continue
                if all(any(self.can_answer(source, part) for source in found) for part in self.split(move.key)):
                    found.append(move.target)
                    grown = True
        return found

    def able_subgraphs(self, type_name: str, field_name: str) -> frozenset[str]:
        """Name the subgraphs that may answer a field of an object: as its own type, by a view, or for its interface."""
        known = self._able.get((type_name, field_name))
        if known is None:
            able = [node for node in self._all if node.type_name == type_name or node.is_interface_object]
            known = frozenset([node.subgraph for node in able if field_name in node.moves])
            self._able[type_name, field_name] = known
        return known

    def constraint(self, type_name: str, field_name: str) -> tuple[bool, int]:
        """How constrained a field is: whether all who answer it require something first, and how many answer it."""
        known = self._constraints.get((type_name, field_name))
        if known is None:
            owners = [node for (owner, _), node in self.nodes.items() if owner == type_name]
            moves = [node.moves[field_name] for node in owners if field_name in node.moves]
            known = (bool(moves) and all(move.demand for move in moves), len(moves) or len(self.nodes))
            self._constraints[type_name, field_name] = known
        return known

    def _answers_one(self, node: GraphNode, selection: object) -> bool:  # noqa: PLR0911 - one return a rule.
        if isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition.name.value if selection.type_condition else node.type_name
            if condition == node.type_name:
                return self.can_answer(node, selection.selection_set)
            if node.is_interface_object:
                return False
            wanted = self.possible_types(condition)
            concrete = [member for name, member in node.possible.items() if name in wanted]
            return all(self.can_answer(member, selection.selection_set) for member in concrete)
        assert isinstance(selection, FieldNode), "A field set holds fields and inline fragments."
        if selection.name.value == "__typename":
            return True
        move = node.moves.get(selection.name.value)
        if move is None:
            # An interface that cannot be asked as such may be asked type by type.
            by_type = node.is_abstract and bool(node.possible)
            return by_type and all(self._answers_one(member, selection) for member in node.possible.values())
        if move.demand is not None:
            return False
        if move.target is None or selection.selection_set is None:
            return True
        return self.can_answer(move.target, selection.selection_set)

    def possible_types(self, type_name: str) -> frozenset[str]:
        """Name the concrete types of a type anywhere in the supergraph."""
        return frozenset(
            name for (owner, _), node in self.nodes.items() if owner == type_name for name in node.possible
        )
