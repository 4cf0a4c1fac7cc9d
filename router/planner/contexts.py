"""Contexts: where the value of a contextual argument is read, and which fetch can be given it.

A value is read off the response: of the nearest object above the argument's that is of a type which sets the context.
So what it selects is planted there and fetched like any leaf, and then the field's own object is entered anew, by a
key, with the value beside the representation: the fetch that brings the field comes after all that bring its values.

*Riding along.* A fetch that enters at or below the object which sets the context sends representations that have one
value each. So where it comes late enough, or can wait, it is given the value, and the field needs no fetch of its own.

*Several types.* An abstract position above may hold types that set the context and types that do not; for an object
below one of the latter the value is looked for further up. Each origin says by type guards for which objects it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import FieldNode, GraphQLInterfaceType, GraphQLObjectType, SelectionSetNode

from router.errors import PlanError
from router.operation import Position, Selection, SelectionTree
from router.plan.nodes import UP, ContextPath, ContextRewrite, ContextStep, TypeGuard
from router.planner.draft import Step
from router.planner.supplies import Origin, Supply
from router.query_graph import Demand
from router.supergraph import ContextualArgument


class Contexts:
    """Answers for one selection tree; what is planted in it is planted once."""

    def __init__(self, tree: SelectionTree) -> None:
        self.tree = tree
        self._supplies: dict[tuple[int, str], Supply] = {}

    def supply(self, position: Position, demand: Demand) -> list[Supply]:
        """Plant what the contextual arguments of a field at a position take. Raises PlanError where nothing sets it."""
        return [self._supply_one(position, argument) for argument in demand.contextual]

    def _supply_one(self, position: Position, argument: ContextualArgument) -> Supply:
        # Branches of a position have the same objects above, so they share their values, too.
        key = (_base(position).id, argument.variable)
        known = self._supplies.get(key)
        if known is None:
            known = self._supplies[key] = Supply(argument, tuple(self._origins(position, argument)))
        return known

    def _origins(self, position: Position, argument: ContextualArgument) -> Iterator[Origin]:
        beside: tuple[tuple[Position, tuple[str, ...]], ...] = ()
        for level in _levels_above(position):
            types = self.tree.possible_types(level.type)
            setting = [name for name in types if name in argument.selections]
            for place, selection in self._places(level, setting, argument):
                leaf = None if selection is None else self.tree.plant(place, selection)[0]
                yield Origin(place, beside, leaf)
            if len(setting) == len(types):
                return
            if setting:
                beside = (*beside, (_base(level), tuple(name for name in types if name not in setting)))
        message = f"Nothing above {'.'.join(position.path)!r} sets the context of its argument {argument.name!r}."
        raise PlanError(message)

    def _places(
        self, level: Position, setting: list[str], argument: ContextualArgument
    ) -> Iterator[tuple[Position, SelectionSetNode | None]]:
        """Find what to read where: of all objects at once if they are all asked for the same, else type by type."""
        selections = {id(argument.selections[name]): argument.selections[name] for name in setting}
        (only, *others) = selections.values() or (None,)
        is_common = only is not None and not others and len(setting) == len(self.tree.possible_types(level.type))
        if is_common and _has_field(level, only):
            yield level, only
            return
        for name in setting:
            yield self.tree.branch(level, name), argument.selections[name]

    def can_ride(self, entry: Position | None, position: Position, demand: Demand) -> bool:
        """Whether a fetch that enters at `entry`, by representations, might meet a demand at a position below."""
        if entry is None or demand.requires is not None:
            return False
        above = _bases_from(entry)
        return all(id(self._nearest(position, argument)) in above for argument in demand.contextual)

    def _nearest(self, position: Position, argument: ContextualArgument) -> Position | None:
        """Find the nearest position above where any object may set an argument's context."""
        for level in _levels_above(position):
            if not argument.selections.keys().isdisjoint(self.tree.possible_types(level.type)):
                return _base(level)
        return None


def context_rewrites(step: Step) -> dict[str, tuple[ContextRewrite, ...]]:
    """Write by variable where a step's values are, as seen from the objects that it is sent."""
    return {
        variable: tuple(
            ContextRewrite(_path(step.entry.position, origin), variable)
            for origin in supply.origins
            if origin.leaf is not None
        )
        for variable, supply in step.supplied.items()
    }


def _path(entry: Position, origin: Origin) -> ContextPath:
    steps: list[ContextStep] = []
    passed = {id(position): types for position, types in origin.beside}
    here = entry
    while _base(here) is not _base(origin.position):
        if id(_base(here)) in passed:
            steps.append(TypeGuard(passed[id(_base(here))]))
        steps.append(UP)
        field = _base(here).field
        assert field is not None, "An origin stands above whatever takes from it."
        here = field.position
    is_open = origin.position.is_abstract or origin.position.outer is not None
    # As the reference planner has it: a guard wherever it goes up, but for the root.
    if is_open or (steps and _base(here).field is not None):
        steps.append(TypeGuard((origin.position.type.name,)))
    assert origin.leaf is not None, "Only what is read has a path."
    return (*steps, *_keys(origin.position, origin.leaf))


def _keys(position: Position, leaf: Selection) -> tuple[str, ...]:
    keys: list[str] = [leaf.key]
    here = leaf.position
    while _base(here) is not _base(position):
        field = _base(here).field
        assert field is not None, "A leaf stands at or below where it was planted."
        keys.append(field.key)
        here = field.position
    return tuple(reversed(keys))


def _base(position: Position) -> Position:
    return position.outer or position


def _bases_from(position: Position) -> set[int]:
    """Tell a position and those above it, by their ids."""
    return {id(_base(position)), *(id(_base(level)) for level in _levels_above(position))}


def _levels_above(position: Position) -> Iterator[Position]:
    """Yield the positions of the objects above, nearest first, each as narrow as the way down leaves it."""
    field = _base(position).field
    while field is not None:
        yield field.position
        field = _base(field.position).field


def _has_field(level: Position, selection: SelectionSetNode | None) -> bool:
    node = selection.selections[0] if selection is not None else None
    assert isinstance(node, FieldNode), "A value is selected field by field."
    if not isinstance(level.type, GraphQLObjectType | GraphQLInterfaceType):
        return False
    return node.name.value in level.type.fields or node.name.value == "__typename"
