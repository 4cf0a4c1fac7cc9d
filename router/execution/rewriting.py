"""Output rewrites: keys that the planner had to alias get the names the client asked for.

In a rewrite's path, a name steps into a key, lists are stepped into by themselves, and a type guard keeps objects of
the named types.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from router.execution.walking import ConcretePath, TypeNames
from router.plan.nodes import LIST, RenameKey


class Renames:
    """The output rewrites of one fetch."""

    def __init__(self, rewrites: Sequence[RenameKey], types: TypeNames) -> None:
        self._rewrites = [(types.resolve(rewrite.path), rewrite.to) for rewrite in rewrites]
        self._names = {path[-1]: to for path, to in self._rewrites if isinstance(path[-1], str)}

    def apply(self, data: Any) -> None:
        for path, to in self._rewrites:
            _rename(data, path, 0, to)

    def rename_path(self, path: Sequence[Any]) -> ConcretePath:
        """Tell the path of an error as the client knows it."""
        return tuple(self._names.get(key, key) if isinstance(key, str) else key for key in path)


def _rename(value: Any, path: Sequence[object], position: int, to: str) -> None:
    if isinstance(value, list):
        for inner in value:
            _rename(inner, path, position, to)
        return
    if not isinstance(value, dict):
        return
    step = path[position]
    if step is LIST:
        _rename(value, path, position + 1, to)
    elif isinstance(step, frozenset):
        if value.get("__typename") in {None, *step}:
            _rename(value, path, position + 1, to)
    elif step not in value:
        return
    elif position == len(path) - 1:
        value[to] = value.pop(step)
    else:
        _rename(value[step], path, position + 1, to)
