"""A plan in the making: steps, and the spots of the response that each step stands on.

A `Step` is one future fetch: it enters the response at a position as a node of the query graph. From there it reaches
further positions by field moves and downcasts; each place it reaches is a `Spot`. Leaves are placed on spots, and a
spot counts as used only once something is placed on it or below it.
"""

from __future__ import annotations

from graphql import SelectionSetNode

from router.operation import Position, Selection
from router.query_graph import GraphNode


class Spot:
    """A position as one step sees it.

    `blind` means that the step does not know the type this branch narrows to, `is_merged` that this holds here or
    above; `met` holds the requirements (by identity) that the step's representations carry.
    """

    __slots__ = (
        "blind",
        "derived",
        "is_merged",
        "leaves",
        "met",
        "node",
        "origin",
        "position",
        "shows_typename",
        "step",
        "used",
        "via",
    )

    def __init__(
        self, position: Position, node: GraphNode, step: Step, origin: Spot | None, via: Selection | None
    ) -> None:
        self.position = position
        self.node = node
        self.step = step
        self.origin = origin
        self.via = via
        self.blind = origin is not None and via is None and node.is_interface_object
        self.is_merged: bool = self.blind or (origin is not None and origin.is_merged)
        self.leaves: dict[Selection, None] = {}
        self.derived: dict[int, Spot | None] = {}
        self.used = origin is None
        self.shows_typename = False
        self.met: set[int] = set()

    def __repr__(self) -> str:
        return f"<{self.position!r} as {self.node!r} in {self.step!r}>"


class Step:
    """One future fetch. `inputs` are the field sets that its representations hold; a root step has none."""

    __slots__ = ("entry", "id", "inputs", "needs", "wave")

    def __init__(self, number: int, position: Position, node: GraphNode, needs: frozenset[Step]) -> None:
        self.id = number
        self.needs = needs
        self.wave: int = 1 + max((need.wave for need in needs), default=0)
        self.inputs: list[SelectionSetNode] = []
        self.entry = Spot(position, node, self, None, None)

    @property
    def subgraph(self) -> str:
        return self.entry.node.subgraph

    def __repr__(self) -> str:
        return f"#{self.id} {self.subgraph}"


class Draft:
    """All steps so far; `demands` says, for each planted selection, which steps it was planted for.

    What is `wanted` is fetched for its own sake, though a step may demand it as well.
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.entries: dict[int, list[Spot]] = {}
        self.slots: set[tuple[str, int]] = set()
        self.demands: dict[Selection, list[Step]] = {}
        self.wanted: set[Selection] = set()

    @property
    def version(self) -> int:
        """Changes whenever a new spot may have become reachable."""
        return len(self.steps)

    def add_step(
        self, position: Position, node: GraphNode, needs: frozenset[Step], inputs: list[SelectionSetNode]
    ) -> Spot:
        step = Step(len(self.steps) + 1, position, node, needs)
        step.inputs = inputs
        self.steps.append(step)
        self.entries.setdefault(position.id, []).append(step.entry)
        # A query of a root that is not the first is a call of its own, in nobody's slot.
        is_nested_query = not inputs and position.above is not None
        self.slots.add((step.subgraph, -step.id if is_nested_query else step.wave))
        return step.entry

    def slot_cost(self, subgraph: str, wave: int) -> int:
        """Count the calls that one more entity fetch makes: none where one to that subgraph goes out in that wave."""
        return 0 if (subgraph, wave) in self.slots else 1

    def place(self, spot: Spot, leaf: Selection, demanded_by: Step | None) -> None:
        spot.leaves[leaf] = None
        use(spot)
        if demanded_by is not None:
            self.demand(leaf, demanded_by)

    def demand(self, leaf: Selection, step: Step) -> None:
        self.demands.setdefault(leaf, []).append(step)


def use(spot: Spot) -> None:
    """Mark a spot, and all that leads to it, as part of its step's operation."""
    here: Spot | None = spot
    while here is not None and not here.used:
        here.used = True
        here = here.origin


def derive(spot: Spot, position: Position) -> Spot | None:
    """Move on in the same step: to a field's objects, or to a branch; None where the subgraph knows no such way."""
    if position.id in spot.derived:
        return spot.derived[position.id]
    found: Spot | None = None
    if position.outer is not None:
        type_name = position.type.name
        node = spot.node if spot.node.is_interface_object else spot.node.possible.get(type_name)
        if node is not None:
            found = Spot(position, node, spot.step, spot, None)
    else:
        assert position.field is not None, "Nothing leads to the root."
        move = spot.node.moves.get(position.field.name)
        is_open = move is not None and (move.requires is None or id(move.requires) in spot.met)
        if move is not None and is_open and move.target is not None:
            found = Spot(position, move.target, spot.step, spot, position.field)
    spot.derived[position.id] = found
    return found
