"""Finding the objects at a path of the response.

A path is compiled once into a chain of list comprehensions, one a step: all objects are taken through a step before
the next, which in Python is several times faster than to recurse object by object. Anything that does not have the
shape the path promises (a subgraph may answer rubbish) is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias

from router.plan.nodes import LIST, Path, TypeGuard

Accepts: TypeAlias = Callable[[str], AbstractSet[str]]
Walk: TypeAlias = Callable[[Any], list[dict[str, Any]]]
ConcretePath: TypeAlias = tuple[str | int, ...]
Located: TypeAlias = tuple[ConcretePath, Any]


class TypeNames:
    """Which `__typename`s satisfy a type condition: the name itself and, for abstract types, every possible type."""

    def __init__(self, possible_types: Mapping[str, AbstractSet[str]]) -> None:
        self._possible_types = possible_types
        self.abstract = frozenset(possible_types)

    def accepted(self, *conditions: str) -> frozenset[str]:
        return frozenset(conditions).union(*(self._possible_types.get(name, ()) for name in conditions))

    def resolve(self, path: Sequence[object]) -> list[object]:
        """Put in place of each type guard of a path the names that satisfy it."""
        return [self.accepted(*step.types) if isinstance(step, TypeGuard) else step for step in path]


def compile_walk(path: Path, types: TypeNames) -> Walk:
    """Make the function from a response to the objects at `path`, in the response's order."""
    steps = [_compile_step(step, types) for step in path]

    def walk(data: Any) -> list[dict[str, Any]]:
        values = [data]
        for step in steps:
            values = step(values)
        return [value for value in values if value.__class__ is dict]

    return walk


def _compile_step(step: object, types: TypeNames) -> Callable[[list[Any]], list[Any]]:
    if step is LIST:
        return lambda values: [inner for value in values if value.__class__ is list for inner in value]
    if isinstance(step, TypeGuard):
        accepted = types.accepted(*step.types)
        return lambda values: [
            value
            for value in values
            if value.__class__ is dict and ((name := value.get("__typename")) is None or name in accepted)
        ]
    return lambda values: [
        inner for value in values if value.__class__ is dict and (inner := value.get(step)) is not None
    ]


def locate(data: Any, path: Path, types: TypeNames) -> list[Located]:
    """Find what `compile_walk` finds, each with its concrete path: slower, and only needed once something failed."""
    located: list[Located] = [((), data)]
    for step in path:
        if step is LIST:
            located = [
                ((*where, index), inner)
                for where, value in located
                if isinstance(value, list)
                for index, inner in enumerate(value)
            ]
        elif isinstance(step, TypeGuard):
            accepted = types.accepted(*step.types)
            located = [
                (where, value)
                for where, value in located
                if isinstance(value, dict) and value.get("__typename") in {None, *accepted}
            ]
        else:
            located = [
                ((*where, str(step)), value[step])
                for where, value in located
                if isinstance(value, dict) and value.get(step) is not None
            ]
    return [(where, value) for where, value in located if isinstance(value, dict)]
