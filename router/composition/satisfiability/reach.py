"""How far one gets from where an object is at hand: into which subgraphs by keys, and to which field values.

A subgraph is not entered for the sake of entering it: the reference planner would not find such a way either.

`everywhere` and `_obtains` call each other: a key can be used when its fields can be obtained, and obtaining these may
need other keys. A question that is asked again while it is being answered counts as a no for the moment; such
provisional answers are not remembered, so that the order of questions does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import FieldNode, InlineFragmentNode, SelectionSetNode

from router.composition.contexts import takes_from_context
from router.composition.field_set import FieldSetWalk
from router.composition.merge import Assembly
from router.composition.model import ROOTS, Kind, Supergraph
from router.composition.satisfiability.field_sources import Entry, FieldSources, Position, Resolution

Positions = frozenset[Position]
_Question = tuple[str, Positions, frozenset[str]]
"""A type, where an object of it is at hand, and the subgraphs that are just being entered."""


class Reach:
    """Answers for one supergraph and one way of resolving progressive overrides."""

    def __init__(self, assembly: Assembly, supergraph: Supergraph, sources: FieldSources) -> None:
        self._assembly = assembly
        self._walk = FieldSetWalk(supergraph.types)
        self.types = supergraph.types
        self.sources = sources
        self._known: dict[_Question, Positions] = {}
        self._open: dict[_Question, Positions] = {}
        self._entering: frozenset[str] = frozenset()
        self._provisional = False

    def possible_types(self, name: str) -> tuple[str, ...]:
        return self._walk.possible_types(name)

    def everywhere(self, type_name: str, positions: Positions) -> Positions:
        """Return all positions of an object that can be reached from those at hand."""
        if type_name in ROOTS:
            return positions | frozenset(self.sources.positions(type_name))
        question = (type_name, positions, self._entering)
        if question in self._known:
            return self._known[question]
        if question in self._open:
            self._provisional = True
            return self._open[question]
        outermost = not self._open
        self._open[question] = positions
        reached = self._grow(question)
        del self._open[question]
        if outermost:
            self._provisional = False
        if not self._provisional:
            self._known[question] = reached
        return reached

    def _grow(self, question: _Question) -> Positions:
        type_name, reached, _ = question
        entries = [entry for entry in self.sources.entries(type_name) if entry.position not in reached]
        grown = True
        while grown:
            grown = False
            for entry in entries:
                if entry.position not in reached and self._can_enter(type_name, reached, entry):
                    reached |= {entry.position}
                    self._open[question] = reached
                    grown = True
        return reached

    def _can_enter(self, type_name: str, reached: Positions, entry: Entry) -> bool:
        """Say whether a key's fields can be obtained, without entering the same subgraph for their sake."""
        subgraph = entry.position.subgraph
        if subgraph in self._entering:
            return False
        before = self._entering
        self._entering = before | {subgraph}
        try:
            return self.selects(type_name, reached, entry.selections)
        finally:
            self._entering = before

    def resolutions(self, type_name: str, reached: Positions, field: str) -> list[tuple[Position, Resolution]]:
        """Return every way to resolve a field of an object whose reachable positions are given."""
        found: list[tuple[Position, Resolution]] = []
        for position in sorted(reached):
            resolution = self.sources.resolution(position, field)
            if resolution is not None and self.meets(type_name, position, resolution):
                found.append((position, resolution))
        return found

    def _resolutions_anywhere(self, type_name: str, reached: Positions, field: str) -> Iterator[Resolution]:
        """Yield the ways to resolve a field whatever stands above its object: those that take nothing from there."""
        for _, resolution in self.resolutions(type_name, reached, field):
            if not takes_from_context(resolution.field):
                yield resolution

    def meets(self, type_name: str, position: Position, resolution: Resolution) -> bool:
        """Say whether what the field requires can be had from its own subgraph on, and brought back by a key."""
        if resolution.requires is None:
            return True
        reached = self.everywhere(type_name, frozenset({position}))
        if not self.selects(type_name, reached, resolution.requires):
            return False
        return any(
            entry.position.subgraph == position.subgraph and self.selects(type_name, reached, entry.selections)
            for entry in self.sources.entries(type_name)
        )

    def selects(self, type_name: str, reached: Positions, selections: SelectionSetNode) -> bool:
        """Say whether everything selected can be obtained, wherever it is resolved."""
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                obtained = self._obtains(type_name, reached, selection)
            else:
                assert isinstance(selection, InlineFragmentNode), "Field sets have no named fragments."
                obtained = self._matches(type_name, reached, selection)
            if not obtained:
                return False
        return True

    def _matches(self, type_name: str, reached: Positions, node: InlineFragmentNode) -> bool:
        """Say whether a fragment's fields can be obtained wherever its condition holds."""
        condition = node.type_condition.name.value if node.type_condition else type_name
        if condition == type_name:
            return self.selects(type_name, reached, node.selection_set)
        wanted = self.possible_types(condition)
        return all(
            self._selects_at(runtime, at_hand, node.selection_set)
            for runtime, at_hand in self.by_runtime_type(type_name, reached).items()
            if runtime in wanted
        )

    def _obtains(self, type_name: str, reached: Positions, node: FieldNode) -> bool:
        name = node.name.value
        if name == "__typename":
            return True
        targets = frozenset(one.target for one in self._resolutions_anywhere(type_name, reached, name))
        if not targets or node.selection_set is None:
            return bool(targets)
        value_type = self.types[type_name].fields[name].type.name
        by_type = self.by_runtime_type(value_type, targets)
        if not by_type:
            # An interface object answers for its own fields without knowing the type.
            return self.selects(value_type, targets, node.selection_set)
        return all(self._selects_at(runtime, at_hand, node.selection_set) for runtime, at_hand in by_type.items())

    def _selects_at(self, type_name: str, positions: Positions, selections: SelectionSetNode) -> bool:
        return self.selects(type_name, positions, selections) or self.selects(
            type_name, self.everywhere(type_name, positions), selections
        )

    def by_runtime_type(self, type_name: str, positions: Positions) -> dict[str, Positions]:
        """Return where an object is at hand for each type it can have. An interface object leaves its type open."""
        definition = self.types[type_name]
        if definition.kind is Kind.OBJECT:
            return {type_name: positions}
        known = self._with_known_types(positions)
        found: dict[str, Positions] = {}
        for runtime in self.possible_types(type_name):
            certain = [
                at_hand
                for position in known
                if not self.sources.is_interface_object(position)
                for at_hand in self.sources.runtime_positions(position, runtime)
            ]
            stand_ins = [
                at_hand
                for position in known
                if self.sources.is_interface_object(position)
                for at_hand in self.sources.runtime_positions(position, runtime)
            ]
            if certain:
                found[runtime] = frozenset([*certain, *stand_ins])
        return found

    def tells_type(self, positions: Positions) -> bool:
        """Say whether the runtime type of what is at hand can be found out."""
        return any(not self.sources.is_interface_object(position) for position in self._with_known_types(positions))

    def _with_known_types(self, positions: Positions) -> Positions:
        """Add the subgraphs that tell an interface object's type: those which have a key on the interface."""
        reached = positions
        for position in sorted(positions):
            if self.sources.is_interface_object(position):
                for entry in self.sources.entries(position.type_name):
                    if self.selects(position.type_name, frozenset({position}), entry.selections):
                        reached |= {entry.position}
        return reached
