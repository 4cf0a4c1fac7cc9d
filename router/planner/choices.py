"""What could be done with a leaf: every way to place it, and what each costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from router.operation import TYPENAME, Position, Selection, SelectionTree
from router.planner.ways import Way, WayFinder
from router.query_graph import FieldMove, GraphNode, QueryGraph, is_plain


class Kind(IntEnum):
    """How a leaf is placed, in the order of preference among equal prices."""

    DIRECT = 0
    REQUIRED = 1
    BY_TYPE = 2
    NOWHERE = 3


@dataclass(slots=True, eq=False)
class Choice:
    """One way to place a leaf, told apart from others by kind and node."""

    kind: Kind
    way: Way
    calls: int
    wave: int
    # The requirement's move, for REQUIRED; the selection to repeat for each type, for BY_TYPE.
    move: FieldMove | None = None
    repeated: Selection | None = None

    @property
    def rank(self) -> tuple[int, int, int, bool, bool, int]:
        _, _, is_new, is_wide, weight = self.way.price
        return self.calls, self.wave, self.kind, is_new, is_wide, weight

    @property
    def name(self) -> tuple[int, int]:
        return self.kind, self.way.node.id


class Chooser:
    """Lists the choices for the leaves of one draft."""

    def __init__(self, graph: QueryGraph, tree: SelectionTree, finder: WayFinder) -> None:
        self.graph = graph
        self.tree = tree
        self.finder = finder

    def is_left_out(self, leaf: Selection) -> bool:
        """Whether a leaf stands in a branch that the object cannot take."""
        return self._choose_nowhere(leaf) is not None

    def choices_for(self, leaf: Selection) -> list[Choice]:
        """List what could be done with a leaf, in no order; nothing if no subgraph can resolve it."""
        nowhere = self._choose_nowhere(leaf)
        if nowhere is not None:
            return [nowhere]
        choices: list[Choice] = []
        required: set[tuple[str, str]] = set()
        is_ambiguous = self.tree.is_ambiguous(leaf)
        for way in self.finder.ways_to(leaf.position).values():
            if leaf.name == TYPENAME:
                if not way.node.is_interface_object:
                    choices.append(Choice(Kind.DIRECT, way, way.calls, way.wave))
                continue
            move = way.node.moves.get(leaf.name)
            if move is None:
                continue
            if move.demand is None or (way.spot is not None and id(move.demand) in way.spot.met):
                if not (is_ambiguous and way.is_merged):
                    choices.append(Choice(Kind.DIRECT, way, way.calls, way.wave))
            elif (way.node.type_name, way.node.subgraph) not in required:
                required.add((way.node.type_name, way.node.subgraph))
                more = 0 if move.demand.contextual and self.finder.rides(way, move.demand) else 1
                choices.append(Choice(Kind.REQUIRED, way, way.calls + more, way.wave + more, move=move))
        choices.extend(self._choices_by_type(leaf))
        return choices

    def _choose_nowhere(self, leaf: Selection) -> Choice | None:
        """Leave out what stands in a branch that the object cannot take, seen where the object is cheapest to see."""
        position: Position | None = leaf.position
        while position is not None:
            if position.outer is not None:
                ways = self.finder.ways_to(position.outer).values()
                if any(_never_returns(way.node, position.type.name) for way in ways):
                    way = min(ways, key=lambda way: way.price)
                    return Choice(Kind.NOWHERE, way, way.calls, way.wave)
            position = position.above
        return None

    def _choices_by_type(self, leaf: Selection) -> Iterable[Choice]:
        """Find the abstract positions above the leaf where it can be repeated type by type."""
        selection: Selection | None = leaf
        position: Position | None = leaf.position
        while position is not None:
            if selection is not None and position.is_abstract and selection.name != TYPENAME:
                for way in self.finder.ways_to(position).values():
                    choice = self._choose_by_type(selection, way)
                    if choice is not None:
                        yield choice
            selection, position = position.field, position.above

    def _choose_by_type(self, selection: Selection, way: Way) -> Choice | None:
        node = way.node
        if node.is_interface_object or selection.name in node.moves or not node.possible:
            return None
        if not all(self.graph.can_reach(member, selection.name) for member in node.possible.values()):
            return None
        more = 0 if all(is_plain(member, selection.name) for member in node.possible.values()) else 1
        return Choice(Kind.BY_TYPE, way, way.calls + more, way.wave + more, repeated=selection)


def _never_returns(node: GraphNode, type_name: str) -> bool:
    return not node.is_interface_object and type_name not in node.possible
