"""The values of contextual arguments, read off the response for each object that a fetch is sent.

NOTE: The law of context rewrites. A path goes up from the object and then down by keys; of the rewrites of one variable
the first whose type guards all hold counts. A list on the way down gives the list of what is below its elements. Where
no rewrite counts, the variable is left out. Where the key is not there at all, an earlier fetch has failed: then the
object is not asked for, since whatever came back would be the answer to another question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import orjson

from router.execution.walking import TypeNames
from router.plan.nodes import LIST, UP, ContextRewrite, Path

Chain: TypeAlias = tuple[dict[str, Any], ...]
# An object, and the objects it stands in, outermost first.
Standing: TypeAlias = tuple[dict[str, Any], Chain]
# The JSON of each variable's value, None where it is left out.
Values: TypeAlias = tuple[bytes | None, ...]
_MISSING = object()
_ELSEWHERE = object()


def compile_standing_walk(path: Path, types: TypeNames) -> Callable[[Any], list[Standing]]:
    """Make the function from a response to the objects at `path`: those of `compile_walk`, with what they stand in."""
    steps = types.resolve(path)

    def walk(data: Any) -> list[Standing]:
        found: list[tuple[Any, Chain]] = [(data, ())]
        for step in steps:
            if step is LIST:
                found = [(inner, chain) for value, chain in found if value.__class__ is list for inner in value]
                continue
            objects = [(value, chain) for value, chain in found if value.__class__ is dict]
            if isinstance(step, frozenset):
                found = [(value, chain) for value, chain in objects if _is_of(value, step)]
            else:
                found = [(value.get(step), (*chain, value)) for value, chain in objects]
        return [(value, chain) for value, chain in found if value.__class__ is dict]

    return walk


class ContextValues:
    """Reads what one `_entities` field is given for its contextual arguments."""

    def __init__(self, rewrites: Sequence[ContextRewrite], types: TypeNames) -> None:
        self.variables = tuple(dict.fromkeys(rewrite.variable for rewrite in rewrites))
        self._paths = [
            [types.resolve(rewrite.path) for rewrite in rewrites if rewrite.variable == variable]
            for variable in self.variables
        ]

    def read(self, standing: Standing) -> Values | None:
        """Read the values for one object; None where one is missing."""
        values: list[bytes | None] = []
        for paths in self._paths:
            found = (_follow(path, standing) for path in paths)
            value = next((value for value in found if value is not _ELSEWHERE), _ELSEWHERE)
            if value is _MISSING:
                return None
            values.append(None if value is _ELSEWHERE else orjson.dumps(value))
        return tuple(values)


def _follow(path: Sequence[object], standing: Standing) -> Any:
    here, chain = standing
    above = len(chain)
    for number, step in enumerate(path):
        if step is UP:
            above -= 1
            here = chain[above]
        elif not isinstance(step, frozenset):
            return _descend(here, path[number:])
        elif not _is_of(here, step):
            return _ELSEWHERE
    return _ELSEWHERE


def _descend(value: Any, keys: Sequence[object]) -> Any:
    if value is None or not keys:
        return value
    if value.__class__ is list:
        inner = [_descend(item, keys) for item in value]
        return _MISSING if any(item is _MISSING for item in inner) else inner
    if value.__class__ is not dict or keys[0] not in value:
        return _MISSING
    return _descend(value[keys[0]], keys[1:])


def _is_of(value: dict[str, Any], accepted: frozenset[str]) -> bool:
    name = value.get("__typename")
    return name is None or name in accepted
