"""The search: where each leaf of the operation is fetched.

## The problem

Draw every position of the response once for each node it may be seen as. Field moves between them cost nothing (same
fetch), keys cost a call. A plan is then the cheapest set of moves that starts at the roots and reaches, for each leaf,
one node that answers it: a Steiner tree, with the twist that a key or a `@requires` wants further leaves, which must
be reached first. Finding the best one is NP-hard in general, and trivial in nearly every query, because most leaves
have one owner.

## The method

*Greedy, most constrained first.* Leaves are taken in order of how many subgraphs own them; `__typename`, which nearly
everyone answers, comes after these, and leaves with requirements come last. Each is placed where that costs least,
given all that was drafted before (`ways`), so forced decisions are made first and free ones ride along. A leaf may be
placed

* directly: a node at its position answers it;
* by a required entry: its requirements are resolved like any leaf, then the subgraph is entered with them (values of
  contexts are such requirements, though of objects above: `contexts`);
* by type: an interface that cannot be asked for the field as such is asked for it type by type;
* nowhere: it stands in a branch for a type that some subgraph which could supply the object never returns. Whoever
  resolves a shared field answers the same, so such an object is not there; what one subgraph alone says is not asked.

*Then alternatives.* Wherever the greedy run had a real choice, runs that choose otherwise are tried and the cheapest
draft is kept; the best draft so far is varied, until no single change improves it or the budget is spent. Most
operations have no such place and cost one run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from graphql import SelectionSetNode

from router.errors import PlanError
from router.operation import TYPENAME, Position, Selection, SelectionTree
from router.planner.choices import Choice, Chooser, Kind
from router.planner.draft import Draft, Spot, Step, derive, mark, meet
from router.planner.standing import find_standing
from router.planner.ways import Way, WayFinder
from router.query_graph import NOTHING, Demand, FieldMove, GraphNode, KeyMove, QueryGraph, is_plain


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished draft, and the choices that could have been made otherwise."""

    draft: Draft
    open_choices: tuple[tuple[Selection, tuple[int, int]], ...]


class Search:
    """One greedy run over one set of leaves from the given roots; `forced` fixes the choice for some of them."""

    def __init__(
        self,
        graph: QueryGraph,
        tree: SelectionTree,
        roots: Sequence[GraphNode],
        forced: dict[Selection, tuple[int, int]],
        *,
        sees_standing: bool = True,
    ) -> None:
        self.graph = graph
        self.tree = tree
        self.forced = forced
        self.sees_standing = sees_standing
        self.draft = Draft()
        self.finder = WayFinder(graph, tree, self.draft, roots)
        self.chooser = Chooser(graph, tree, self.finder)
        self.open_choices: list[tuple[Selection, tuple[int, int]]] = []
        self._resolved: dict[Selection, tuple[Step, ...]] = {}
        self._copies: dict[Selection, list[Selection]] = {}
        self._required: dict[tuple[int, str, str, int], Spot] = {}
        self._in_progress: set[object] = set()

    def run(self, leaves: Iterable[Selection]) -> Outcome:
        # What is left out rests where the others are, so it comes after them.
        for leaf in sorted(leaves, key=self.chooser.is_left_out):
            self.resolve(leaf)
            self._give_reason(leaf, None)
        return Outcome(self.draft, tuple(self.open_choices))

    def resolve(self, leaf: Selection) -> tuple[Step, ...]:
        """Place a leaf where it costs least; returns the steps that supply it. Raises PlanError where nothing can."""
        known = self._resolved.get(leaf)
        if known is not None:
            return known
        if leaf in self._in_progress:
            message = f"{leaf!r} requires itself."
            raise PlanError(message)
        if self.sees_standing and leaf not in self.forced:
            spot = find_standing(self.graph, self.draft, leaf)
            if spot is not None:
                self.draft.place(spot, leaf)
                known = self._resolved[leaf] = (spot.step,)
                return known
        self._in_progress.add(leaf)
        try:
            steps = self._take_best(leaf, self.chooser.choices_for(leaf))
        finally:
            self._in_progress.discard(leaf)
        self._resolved[leaf] = steps
        return steps

    def _give_reason(self, leaf: Selection, wanted_by: Step | None) -> None:
        """Note for whom a leaf was resolved, wherever that was, and its copies if that was type by type."""
        for step in self._resolved[leaf]:
            self.draft.give_reason(leaf, step, wanted_by)
        for copied in self._copies.get(leaf, ()):
            self._give_reason(copied, wanted_by)

    def _take_best(self, leaf: Selection, choices: list[Choice]) -> tuple[Step, ...]:
        choices.sort(key=lambda choice: choice.rank)
        wanted = self.forced.get(leaf)
        if wanted is not None:
            choices.sort(key=lambda choice: choice.name != wanted)
        elif len(choices) > 1 and choices[0].calls > 0:
            self.open_choices.extend((leaf, choice.name) for choice in choices[1:])
        problem: PlanError | None = None
        for choice in choices:
            try:
                return self._take(leaf, choice)
            except PlanError as error:
                # What this choice has drafted is left behind unused, and dropped with the other unused steps.
                problem = problem or error
        message = f"No subgraph can resolve {leaf.position.type.name}.{leaf.name} at {'.'.join(leaf.position.path)!r}."
        raise problem or PlanError(message)

    # Doing it.

    def _take(self, leaf: Selection, choice: Choice) -> tuple[Step, ...]:
        match choice.kind:
            case Kind.DIRECT:
                spot = self._go(choice.way)
            case Kind.NOWHERE:
                spot = self._go(choice.way)
                mark(spot)
                return (spot.step,)
            case Kind.REQUIRED:
                assert choice.move is not None, "A required choice names its move."
                spot = self._enter_with(choice.way, choice.move)
            case Kind.BY_TYPE:
                return self._take_by_type(leaf, choice)
        self.draft.place(spot, leaf)
        return (spot.step,)

    def _take_by_type(self, leaf: Selection, choice: Choice) -> tuple[Step, ...]:
        repeated = choice.repeated
        assert repeated is not None, "A choice by type names what it repeats."
        spot = self._go(choice.way)
        mark(spot)
        steps = {spot.step: None}
        copies: list[Selection] = []
        for type_name in spot.node.possible:
            top = self.tree.copy_to_branch(repeated, type_name)
            copied = top if leaf is repeated else self.tree.follow_copy(leaf, repeated, top)
            if copied is not None:
                steps.update(dict.fromkeys(self.resolve(copied)))
                copies.append(copied)
        self._copies[leaf] = copies
        return tuple(steps)

    def _go(self, way: Way) -> Spot:
        """Draft what a way needs, and stand at its end."""
        if way.spot is not None:
            return way.spot
        if way.above is None:
            # Another part of the same decision may have entered here meanwhile.
            for entry in self.draft.entries.get(way.position.id, ()):
                if entry.node is way.node:
                    return entry
            if way.entrance is None:
                return self.draft.add_step(way.position, way.node, frozenset(), [])
            return self._enter_by_key(way, way.entrance)
        above = self._enter_with(way.above, way.move) if way.move is not None else self._go(way.above)
        spot = derive(above, way.position)
        assert spot is not None, "A way leads on only where its step does."
        return spot

    def _enter_by_key(self, way: Way, entrance: KeyMove) -> Spot:
        if not way.sources:
            return self._guard((way.position.id, way.node.id), lambda: self._enter_deeply(way, entrance))
        spots = [(self._go(source.way), source.fields) for source in way.sources]
        leaves = self._type_leaves(way.position) if any(spot.is_merged for spot, _ in spots) else []
        inputs = [] if entrance.key is NOTHING else [entrance.key]
        return self._add_step(way.position, way.node, inputs, leaves, spots)

    def _enter_deeply(self, way: Way, entrance: KeyMove) -> Spot:
        """Enter by a key whose fields must themselves be fetched from here and there, like any leaf."""
        leaves = [*self.tree.plant(way.position, entrance.key), *self._type_leaves(way.position)]
        return self._add_step(way.position, way.node, [entrance.key], leaves, [])

    def _add_step(
        self,
        position: Position,
        node: GraphNode,
        inputs: list[SelectionSetNode],
        leaves: Sequence[Selection],
        keys: Sequence[tuple[Spot, SelectionSetNode]],
    ) -> Spot:
        """Add a step that waits for some leaves, wherever they are resolved, and for keys that are read at spots."""
        needs = {step: None for leaf in leaves for step in self.resolve(leaf)}
        needs.update(dict.fromkeys(spot.step for spot, _ in keys))
        entry = self.draft.add_step(position, node, frozenset(needs), inputs)
        for leaf in leaves:
            self._give_reason(leaf, entry.step)
        for spot, fields in keys:
            self._place_key(spot, fields, entry.step)
        return entry

    def _type_leaves(self, position: Position, *, drafted: bool = True) -> list[Selection]:
        """List the names of the types which the path to a position narrows to, where the source cannot tell them.

        Without them the executor would look for objects of a type before any object is known to be of it. What the
        source is may not be `drafted` yet; then whatever might be is counted.
        """
        leaves: list[Selection] = []
        here: Position | None = position
        while here is not None:
            if here.outer is not None and self._may_be_blind(here.outer, drafted=drafted):
                leaves.append(self.tree.plant_typename(here.outer))
            here = here.above
        return leaves

    def _may_be_blind(self, position: Position, *, drafted: bool) -> bool:
        ways = self.finder.ways_to(position).values()
        return any((not drafted or way.spot is not None) and way.node.is_interface_object for way in ways)

    def _guard(self, key: object, draft_entry: Callable[[], Spot]) -> Spot:
        """Draft an entry, unless the very same one is being drafted already: then it would wait for itself."""
        if key in self._in_progress:
            message = "An entry requires itself."
            raise PlanError(message)
        self._in_progress.add(key)
        try:
            return draft_entry()
        finally:
            self._in_progress.discard(key)

    def _place_key(self, spot: Spot, fields: SelectionSetNode, demanded_by: Step) -> None:
        """Read a key, or a part of one, where it can be answered alone."""
        spot.shows_typename = True
        mark(spot)
        for leaf in self.tree.plant(spot.position, fields):
            self._place_below(spot, leaf, demanded_by)

    def _place_below(self, spot: Spot, leaf: Selection, demanded_by: Step) -> None:
        """Place a leaf in the same step, at or below a spot; type by type where the step cannot be asked otherwise."""
        chain: list[Position] = []
        position = leaf.position
        while position is not spot.position:
            chain.append(position)
            above = position.above
            assert above is not None, "A key's leaf stands at or below the spot."
            position = above
        here = spot
        for position in reversed(chain):
            if position.field is not None and here.node.is_abstract and not is_plain(here.node, position.field.name):
                self._place_by_type(here, position.field, leaf, demanded_by)
                return
            further = derive(here, position)
            if further is None:
                return
            here = further
        if leaf.name != TYPENAME and here.node.is_abstract and not is_plain(here.node, leaf.name):
            self._place_by_type(here, leaf, leaf, demanded_by)
        elif leaf.name != TYPENAME or not here.node.is_interface_object:
            self.draft.place(here, leaf)
            self.draft.give_reason(leaf, here.step, demanded_by)

    def _place_by_type(self, spot: Spot, repeated: Selection, leaf: Selection, demanded_by: Step) -> None:
        for type_name in spot.node.possible:
            top = self.tree.copy_to_branch(repeated, type_name)
            copied = top if leaf is repeated else self.tree.follow_copy(leaf, repeated, top)
            if copied is not None:
                self._place_below(spot, copied, demanded_by)

    def _enter_with(self, way: Way, move: FieldMove) -> Spot:
        """Enter a subgraph with what a field demands, or find the step that already does."""
        demand = move.demand
        assert demand is not None, "Only a field with a demand is entered so."
        key = (way.position.id, way.node.type_name, way.node.subgraph, id(demand))
        known = self._required.get(key)
        if known is None:
            known = self._required[key] = self._guard(key, lambda: self._meet(way, demand))
        return known

    def _meet(self, way: Way, demand: Demand) -> Spot:
        """Let the step that a way leads to bring a field along, or draft one that brings it."""
        if not demand.contextual:
            entry = self._draft_required_entry(way.position, way.node, demand, [])
            meet(entry, demand, [])
            return entry
        supplies = self.finder.contexts.supply(way.position, demand)
        places = [origin.position for supply in supplies for origin in supply.origins]
        leaves = [leaf for supply in supplies for leaf in supply.leaves]
        leaves += [leaf for place in places for leaf in self._type_leaves(place, drafted=False)]
        suppliers = frozenset([step for leaf in leaves for step in self.resolve(leaf)])
        if self.finder.rides(way, demand):
            spot = self._go(way)
            if self.draft.supply(spot, demand, supplies, suppliers):
                for leaf in leaves:
                    self._give_reason(leaf, spot.step)
                return spot
        entry = self._draft_required_entry(way.position, way.node, demand, leaves)
        meet(entry, demand, supplies)
        return entry

    def _draft_required_entry(
        self, position: Position, node: GraphNode, demand: Demand, leaves: Sequence[Selection]
    ) -> Spot:
        requires = demand.requires
        leaves = [*leaves, *(self.tree.plant(position, requires) if requires is not None else ())]
        for leaf in leaves:
            self.resolve(leaf)
        entrances = [
            entrance
            for entrance in self.graph.entrances(position.type.name)
            if entrance.target.type_name == node.type_name and entrance.target.subgraph == node.subgraph
        ]
        ways = self.finder.ways_to(position)
        found = [(entrance, self.finder.find_sources(entrance, ways, reenter=True)) for entrance in entrances]
        able = [(entrance, sources) for entrance, sources in found if sources]
        if not able:
            message = f"{node!r} cannot be entered at {'.'.join(position.path)!r}."
            raise PlanError(message)
        entrance, sources = min(able, key=lambda pair: (max(s.way.price for s in pair[1]), len(pair[0].key.selections)))
        spots = [(self._go(source.way), source.fields) for source in sources]
        if any(spot.is_merged for spot, _ in spots):
            # Where steps were put off for values, a cheaper way may hide the one that will be taken.
            leaves += self._type_leaves(position, drafted=not demand.contextual)
        inputs = [entrance.key] if requires is None else [entrance.key, requires]
        return self._add_step(position, entrance.target, inputs, leaves, spots)


def gather_leaves(graph: QueryGraph, tree: SelectionTree, top: Sequence[Selection]) -> list[Selection]:
    """List what must be resolved below some selections of the root, most constrained first."""
    leaves: list[Selection] = []
    for selection in top:
        if selection.child is None:
            leaves.append(selection)
        else:
            _gather(tree, selection.child, leaves)
    return sorted(dict.fromkeys(leaves), key=lambda leaf: graph.constraint(leaf.position.type.name, leaf.name))


def _gather(tree: SelectionTree, position: Position, leaves: list[Selection]) -> None:
    for selection in tuple(position.fields):
        if selection.child is None:
            leaves.append(selection)
        else:
            _gather(tree, selection.child, leaves)
    for branch in tuple(position.branches.values()):
        _gather(tree, branch, leaves)
    if position.branches or all(selection.conditions for selection in position.fields):
        # Types must be told apart; and an object of which nothing may be wanted must still be seen to be there.
        leaves.append(tree.plant_typename(position))
