"""A plan in the making: steps, and the spots of the response that each step stands on.

A `Step` is one future fetch: it enters the response at a position as a node of the query graph. From there it reaches
further positions by field moves and downcasts; each place it reaches is a `Spot`. Leaves are placed on spots, and a
spot counts as used only once something is placed on it or below it.

A leaf is placed for a reason: the client wants it there, or a later step demands it, to be sent its key or what a field
requires. A choice that fails on its way leaves behind what it placed, and steps whose own leaves nobody has a reason to
want any more; the fetch graph drops both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from graphql import SelectionSetNode

from router.operation import Position, Selection
from router.planner.supplies import Supply
from router.query_graph import Demand, GraphNode

_NOTHING_SUPPLIED: Mapping[str, Supply] = {}


class Spot:
    """A position as one step sees it; `is_marked` where it must be seen though no leaf may be wanted there.

    `blind` means that the step does not know the type this branch narrows to, `is_merged` that this holds here or
    above; `met` holds the demands (by identity) that the step meets here, each with the variables of its contextual
    arguments.
    """

    __slots__ = (
        "blind",
        "derived",
        "is_marked",
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
        self.is_marked = False
        self.shows_typename = False
        self.met: dict[int, tuple[str, ...]] = {}

    def __repr__(self) -> str:
        return f"<{self.position!r} as {self.node!r} in {self.step!r}>"


class Step:
    """One future fetch. `inputs` are the field sets that its representations hold; a root step has none.

    `supplied` are the contextual arguments that it is given values for, by their variables.
    """

    __slots__ = ("entry", "id", "inputs", "needs", "supplied", "wave")

    def __init__(self, number: int, position: Position, node: GraphNode, needs: frozenset[Step]) -> None:
        self.id = number
        self.needs = needs
        self.wave: int = 1 + max((need.wave for need in needs), default=0)
        self.inputs: list[SelectionSetNode] = []
        self.supplied: Mapping[str, Supply] = _NOTHING_SUPPLIED
        self.entry = Spot(position, node, self, None, None)

    @property
    def subgraph(self) -> str:
        return self.entry.node.subgraph

    def __repr__(self) -> str:
        return f"#{self.id} {self.subgraph}"


# A call, by its subgraph and its wave: entity fetches to one subgraph in one wave share it.
Slot: TypeAlias = tuple[str, int]


def slot_of(position: Position, node: GraphNode, wave: int, *, is_query: bool) -> Slot:
    """Name the call that an entry makes. A query of a root that is not the first is a call of its own."""
    return node.subgraph, -position.id if is_query and position.above is not None else wave


class Draft:
    """All steps so far, each after those it waits for; `slots` are the calls that they make together.

    `reasons` say for each leaf of each step which steps it was placed for, None standing for the client.
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.entries: dict[int, list[Spot]] = {}
        self.slots: set[Slot] = set()
        self.reasons: dict[tuple[Selection, Step], dict[Step | None, None]] = {}
        self.version = 0
        """Changes whenever a new spot may have become reachable."""

    def add_step(
        self, position: Position, node: GraphNode, needs: frozenset[Step], inputs: list[SelectionSetNode]
    ) -> Spot:
        step = Step(len(self.steps) + 1, position, node, needs)
        step.inputs = inputs
        self.steps.append(step)
        self.entries.setdefault(position.id, []).append(step.entry)
        self.slots.add(slot_of(position, node, step.wave, is_query=not inputs))
        self.version += 1
        return step.entry

    def supply(self, spot: Spot, demand: Demand, supplies: Sequence[Supply], suppliers: AbstractSet[Step]) -> bool:
        """Let a step wait for values and be given them, so that it can meet a demand; False where it cannot.

        It may have to come later then, but not if another step already waits for it.
        """
        step = spot.step
        is_late = any(need.wave >= step.wave for need in suppliers)
        if step in suppliers or (is_late and any(step in other.needs for other in self.steps)):
            return False
        step.needs |= suppliers
        step.wave = 1 + max(need.wave for need in step.needs)
        self.steps.sort(key=lambda one: one.wave)
        self.slots = {
            slot_of(one.entry.position, one.entry.node, one.wave, is_query=not one.inputs) for one in self.steps
        }
        meet(spot, demand, supplies)
        # What could not be reached before may be reached now.
        spot.derived = {key: below for key, below in spot.derived.items() if below is not None}
        self.version += 1
        return True

    def dissolve(self) -> None:
        """Part what refers to each other both ways, which would be left for the collector; the draft is used up."""
        for step in self.steps:
            waiting: list[Spot | None] = [step.entry]
            while waiting:
                spot = waiting.pop()
                if spot is not None:
                    waiting.extend(spot.derived.values())
                    spot.derived.clear()
            del step.entry

    def place(self, spot: Spot, leaf: Selection) -> None:
        spot.leaves[leaf] = None
        self.reasons.setdefault((leaf, spot.step), {})
        use(spot)

    def give_reason(self, leaf: Selection, step: Step, wanted_by: Step | None) -> None:
        reasons = self.reasons.get((leaf, step))
        if reasons is not None:
            reasons[wanted_by] = None


def use(spot: Spot) -> None:
    """Mark a spot, and all that leads to it, as part of its step's operation."""
    here: Spot | None = spot
    while here is not None and not here.used:
        here.used = True
        here = here.origin


def meet(spot: Spot, demand: Demand, supplies: Sequence[Supply]) -> None:
    """Say that a step meets a demand at a spot, and what it is given for that, under variables of their own."""
    if not supplies:
        spot.met[id(demand)] = ()
        return
    supplied = dict(spot.step.supplied)
    names: list[str] = []
    for supply in supplies:
        name, number = supply.argument.variable, 0
        while supplied.setdefault(name, supply) is not supply:
            number += 1
            name = f"{supply.argument.variable}_{number}"
        names.append(name)
    spot.step.supplied = supplied
    spot.met[id(demand)] = tuple(names)


def mark(spot: Spot) -> None:
    """Mark a spot as one that must be seen, whatever is placed there."""
    spot.is_marked = True
    use(spot)


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
        is_open = move is not None and (move.demand is None or id(move.demand) in spot.met)
        if move is not None and is_open and move.target is not None:
            found = Spot(position, move.target, spot.step, spot, position.field)
    spot.derived[position.id] = found
    return found
