"""Contexts on the way: which contextual arguments have their value at some place of a query.

A value comes from the nearest object above that is of a type which sets the context. So what is known on the way is
handed down from object to object, and is decided anew at each object that sets a context: whether what the argument
selects can be obtained there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from router.composition.contexts import (
    ContextualArgument,
    context_setters,
    contextual_arguments,
    contextual_arguments_of,
)
from router.composition.merge import Assembly
from router.composition.satisfiability.field_sources import FieldSources, Position, Resolution
from router.composition.satisfiability.reach import Positions, Reach

# The contextual arguments that have a value, by subgraph and coordinate.
Supplied: TypeAlias = frozenset[tuple[str, str]]
NOTHING_SUPPLIED: Supplied = frozenset()


class Contexts:
    """Answers for one supergraph and one way of resolving progressive overrides."""

    def __init__(self, assembly: Assembly, sources: FieldSources, reach: Reach) -> None:
        self._assembly = assembly
        self._sources = sources
        self._reach = reach
        self._uses = [(facts.name, use) for facts in assembly.facts for use in contextual_arguments(facts.subgraph)]
        self._setters = {facts.name: context_setters(facts.subgraph) for facts in assembly.facts}

    def hand_down(self, supplied: Supplied, type_name: str, reached: Positions) -> Supplied:
        """Return what is supplied below an object, which is `reached` and itself below what is `supplied`."""
        if not self._uses:
            return NOTHING_SUPPLIED
        decided = {
            (subgraph, use.coordinate): self._can_supply(use, type_name, reached)
            for subgraph, use in self._uses
            if self._sets(subgraph, use, type_name)
        }
        return supplied - decided.keys() | {key for key, can in decided.items() if can}

    def _sets(self, subgraph: str, use: ContextualArgument, type_name: str) -> bool:
        setters = self._setters[subgraph].get(use.context or "", ())
        return any(
            setter.name == type_name or self._assembly.is_named_subtype(type_name, setter.name) for setter in setters
        )

    def _can_supply(self, use: ContextualArgument, type_name: str, reached: Positions) -> bool:
        selections = use.selections()
        return selections is not None and self._reach.selects(type_name, reached, selections)

    def admitted(
        self, ways: list[tuple[Position, Resolution]], type_name: str, reached: Positions, supplied: Supplied
    ) -> list[tuple[Position, Resolution]]:
        """Return the ways to resolve a field for which all contextual arguments have a value."""
        if not self._uses:
            return ways
        return [way for way in ways if self._admits(*way, type_name, reached, supplied)]

    def _admits(
        self, position: Position, resolution: Resolution, type_name: str, reached: Positions, supplied: Supplied
    ) -> bool:
        needed = {
            (position.subgraph, use.coordinate)
            for use in contextual_arguments_of(self._sources.definition(position), resolution.field)
        }
        # The value is known only after the object is, so the object must be found again by a key.
        return needed <= supplied and (not needed or any(self._keys_back(position, type_name, reached)))

    def _keys_back(self, position: Position, type_name: str, reached: Positions) -> Iterator[bool]:
        for entry in self._sources.entries(type_name):
            if entry.position.subgraph == position.subgraph:
                yield self._reach.selects(type_name, reached, entry.selections)
