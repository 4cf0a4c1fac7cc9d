"""The ways to a position: how an object there can be seen as each node of the query graph, and what each way costs.

## How it works

For one position, the nodes it may be seen as are few: what its parent's nodes lead to by the field, and what keys open
from there. The ways are worked out from the root down, by relaxation, as in Dijkstra's algorithm:

1. A step that already enters here is a way that costs nothing.
2. Each way to the position above leads on by the field, or by narrowing, at no further cost: it is the same fetch.
3. Each entrance (a key) opens a new fetch, from whichever known way can answer the key most cheaply; it comes one wave
   after that way. Where no single way answers the whole key, its fields may come from several.
4. Repeat 3 until nothing gets cheaper, so that chains of keys (`id` to `upc` to `sku`) are found.

The price of a way is (calls, waves), compared in this order; then the smaller keys are taken. A fetch that shares
subgraph and wave with one already drafted costs no call, because a pass will send both as one request; one that two
parts of a key have in common costs one. What a wave saved is worth is weighed where whole plans are compared.

Ways are kept until the draft gets another step, because only that can make one cheaper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphql import SelectionSetNode

from router.operation import TYPENAME, Position, Selection, SelectionTree
from router.planner.contexts import Contexts
from router.planner.draft import Draft, Slot, Spot, derive, slot_of
from router.query_graph import NOTHING, Demand, FieldMove, GraphNode, KeyMove, QueryGraph, is_plain

# How many keys may be completed inside one another; a key inside a key inside a key is not worth the search.
_DEEPEST = 2
NO_SLOTS: frozenset[Slot] = frozenset()


@dataclass(slots=True, eq=False)
class KeySource:
    """Where (part of) a key is read."""

    way: Way
    fields: SelectionSetNode


class Way:
    """One way to see a position as `node`.

    `slots` are the calls it makes that nothing drafted makes already. `weight` counts the fields of the keys it sends,
    and one for a root that nothing else needs.

    Exactly one of these says how: `spot` (a draft's step is there), `above` (go on from there; with `move` when the
    field has requirements), `entrance` (enter by a key, which is read from `sources`, or else resolved field by field),
    or none of them (a root fetch).

    `is_merged` says whether an interface object is asked here for objects of several types, which it cannot tell apart;
    `knows_type` whether what is read here may be sent to an entrance of this position's type.
    """

    __slots__ = (
        "_price",
        "above",
        "entrance",
        "is_merged",
        "knows_type",
        "move",
        "node",
        "position",
        "slots",
        "sources",
        "spot",
        "wave",
        "weight",
    )

    def __init__(
        self,
        position: Position,
        node: GraphNode,
        slots: frozenset[Slot],
        wave: int,
        *,
        spot: Spot | None = None,
        above: Way | None = None,
        move: FieldMove | None = None,
        entrance: KeyMove | None = None,
        sources: tuple[KeySource, ...] = (),
        weight: int = 0,
    ) -> None:
        self.position = position
        self.node = node
        self.slots = slots
        self.wave = wave
        self.spot = spot
        self.above = above
        self.move = move
        self.entrance = entrance
        self.sources = sources
        self.weight = weight
        is_wide = above is not None and position.outer is not None
        is_blind = is_wide and node.is_interface_object
        if spot is None:
            self.is_merged: bool = is_blind or (above is not None and above.is_merged)
            self.knows_type: bool = not is_blind
        else:
            self.is_merged = spot.is_merged
            self.knows_type = not spot.blind
        self._price = len(slots), wave, True, is_wide, weight

    @property
    def entry(self) -> Position | None:
        """Where the fetch enters that this leads to; None where it sends no representations."""
        here = self
        while here.spot is None and here.above is not None:
            if here.move is not None:
                return here.above.position
            here = here.above
        if here.spot is not None:
            return here.spot.step.entry.position if here.spot.step.inputs else None
        return None if here.entrance is None or here.entrance.key is NOTHING else here.position

    @property
    def calls(self) -> int:
        return len(self.slots)

    @property
    def price(self) -> tuple[int, int, bool, bool, int]:
        """What is compared: calls, waves; what is in use already; what asks for no more types than wanted; weight."""
        if self.spot is None or not self.spot.used:
            return self._price
        # Only this may change while a way is kept.
        return len(self.slots), self.wave, False, False, self.weight


def _asked_anyway(tree: SelectionTree, roots: Sequence[GraphNode]) -> Iterator[int]:
    """Find the roots that alone answer some field: where others could answer, too, these are asked already."""
    for field in tree.root.fields:
        able = [root.id for root in roots if field.name in root.moves]
        if len(able) == 1:
            yield able[0]


def _go_on(position: Position, node: GraphNode, above: Way) -> Way:
    """Go on from a way in the same fetch."""
    return Way(position, node, above.slots, above.wave, above=above, weight=above.weight)


class WayFinder:
    """Finds and keeps the ways to the positions of one draft, which starts at the given nodes of the root."""

    def __init__(self, graph: QueryGraph, tree: SelectionTree, draft: Draft, roots: Sequence[GraphNode]) -> None:
        self.graph = graph
        self.tree = tree
        self.draft = draft
        self.roots = roots
        self.contexts = Contexts(tree)
        self._asked = frozenset(_asked_anyway(tree, roots))
        self._version = -1
        self._depth = 0
        self._known: dict[int, dict[int, Way]] = {}

    def ways_to(self, position: Position) -> dict[int, Way]:
        """Find the cheapest way to each node that the position may be seen as, by its id (negative if merged)."""
        if self._version != self.draft.version:
            self._known.clear()
            self._version = self.draft.version
        ways = self._known.get(position.id)
        if ways is None:
            ways = {}
            self._start(position, ways)
            # The root is there before anything is asked; only below it is there a way back to it.
            entrances = self.graph.entrances(position.type.name) if position.above is not None else ()
            self._enter_all(position, entrances, ways)
            self._known[position.id] = ways
            missing = [entrance for entrance in entrances if entrance.target.id not in ways]
            if missing and self._depth < _DEEPEST:
                self._enter_deeply(position, missing, ways)
                self._enter_all(position, entrances, ways)
        return ways

    def _enter_all(self, position: Position, entrances: tuple[KeyMove, ...], ways: dict[int, Way]) -> None:
        if not entrances:
            return
        earliest = 1 + min([way.wave for way in ways.values()], default=0)
        improved = True
        while improved:
            improved = False
            for entrance in entrances:
                known = ways.get(entrance.target.id)
                # Nothing gets cheaper than a step that is there, and in time.
                if known is None or known.spot is None or known.slots or known.wave > earliest:
                    improved = self._enter(position, entrance, ways) or improved

    def _enter_deeply(self, position: Position, entrances: list[KeyMove], ways: dict[int, Way]) -> None:
        """Try keys whose inner objects must be completed by further fetches before they can be sent."""
        self._depth += 1
        for entrance in entrances:
            known = dict(self._known)
            found = [self._cheapest_leaf(leaf) for leaf in self.tree.plant(position, entrance.key)]
            # What was found out below rests on ways to this position that are not complete yet.
            self._known = known
            if all(found):
                wave = 1 + max(way.wave for way in found if way)
                slots = NO_SLOTS.union(*(way.slots for way in found if way), self._opened(position, entrance, wave))
                weight = entrance.size + sum(way.weight for way in found if way)
                self._offer(ways, Way(position, entrance.target, slots, wave, entrance=entrance, weight=weight))
        self._depth -= 1

    def _cheapest_leaf(self, leaf: Selection) -> Way | None:
        ways = self.ways_to(leaf.position).values()
        able = [way for way in ways if leaf.name == TYPENAME or is_plain(way.node, leaf.name)]
        return min(able, key=lambda way: way.price, default=None)

    def _offer(self, ways: dict[int, Way], way: Way) -> bool:
        # A way that cannot tell types apart may not do for every leaf, so it never hides one that can.
        key = -way.node.id if way.is_merged else way.node.id
        known = ways.get(key)
        if known is not None and known.price <= way.price:
            return False
        ways[key] = way
        return True

    def _start(self, position: Position, ways: dict[int, Way]) -> None:
        for spot in self.draft.entries.get(position.id, ()):
            self._offer(ways, Way(position, spot.node, NO_SLOTS, spot.step.wave, spot=spot))
        if position.above is None:
            for node in self.roots:
                slots = frozenset({slot_of(position, node, 1, is_query=True)})
                self._offer(ways, Way(position, node, slots, 1, weight=0 if node.id in self._asked else 1))
            return
        for above in self.ways_to(position.above).values():
            way = self._lead_on(above, position)
            if way is not None:
                self._offer(ways, way)

    def _lead_on(self, above: Way, position: Position) -> Way | None:
        if above.spot is not None:
            spot = derive(above.spot, position)
            if spot is not None:
                return Way(position, spot.node, above.slots, above.wave, spot=spot)
        if position.field is None or position.outer is not None:
            object_node = above.node.is_interface_object
            node = above.node if object_node else above.node.possible.get(position.type.name)
            return None if node is None else _go_on(position, node, above)
        move = above.node.moves.get(position.field.name)
        if move is None or move.target is None:
            return None
        if move.demand is None:
            return _go_on(position, move.target, above)
        if move.demand.contextual and self.rides(above, move.demand):
            return Way(position, move.target, above.slots, above.wave, above=above, move=move)
        # What is required must be fetched first, then the subgraph entered anew: two waves, one call or two.
        more = frozenset({(f"required by {move.name}", position.id), (above.node.subgraph, above.wave + 2)})
        return Way(
            position, move.target, above.slots | (more - self.draft.slots), above.wave + 2, above=above, move=move
        )

    def rides(self, way: Way, demand: Demand) -> bool:
        """Whether the fetch that a way leads to might meet a demand of contexts without being made anew."""
        # What is asked of several types at once cannot be asked of one alone with arguments of its own.
        return not way.is_merged and self.contexts.can_ride(way.entry, way.position, demand)

    def _enter(self, position: Position, entrance: KeyMove, ways: dict[int, Way]) -> bool:
        sources = self.find_sources(entrance, ways)
        if not sources:
            return False
        if len(sources) == 1:
            source = sources[0].way
            wave, weight = 1 + source.wave, entrance.size + source.weight
            slots = source.slots | self._opened(position, entrance, wave)
        else:
            wave = 1 + max([source.way.wave for source in sources])
            slots = self._opened(position, entrance, wave).union(*[source.way.slots for source in sources])
            weight = entrance.size + sum([source.way.weight for source in sources])
        known = ways.get(entrance.target.id)
        if known is not None and known.price <= (len(slots), wave, True, False, weight):
            return False
        way = Way(position, entrance.target, slots, wave, entrance=entrance, sources=sources, weight=weight)
        return self._offer(ways, way)

    def _opened(self, position: Position, entrance: KeyMove, wave: int) -> frozenset[Slot]:
        slot = slot_of(position, entrance.target, wave, is_query=entrance.key is NOTHING)
        return NO_SLOTS if slot in self.draft.slots else frozenset({slot})

    def find_sources(self, entrance: KeyMove, ways: dict[int, Way], *, reenter: bool = False) -> tuple[KeySource, ...]:
        """Find where the key of an entrance is cheapest to read, in one place if there is one; empty where nowhere.

        With `reenter`, the subgraph that is entered may itself be the source.
        """
        barred = None if reenter else entrance.target
        whole = self._cheapest(entrance.key, barred, ways)
        if whole is not None:
            return (KeySource(whole, entrance.key),)
        sources: list[KeySource] = []
        for part in self.graph.split(entrance.key):
            way = self._cheapest(part, barred, ways)
            if way is None:
                return ()
            sources.append(KeySource(way, part))
        return tuple(sources)

    def _cheapest(self, wanted: SelectionSetNode, barred: GraphNode | None, ways: dict[int, Way]) -> Way | None:
        best: Way | None = None
        for way in ways.values():
            if way.node is barred or not way.knows_type or not self.graph.can_answer(way.node, wanted):
                continue
            if best is None or way.price < best.price:
                best = way
        return best
