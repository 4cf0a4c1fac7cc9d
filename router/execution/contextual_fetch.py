"""A fetch of entities whose fields take values from contexts: objects with the same values are asked for together.

Arguments belong to a field, not to an entity, so objects with different values need an `_entities` field each, which
share one request:

    query($representations_0: [_Any!]! $contextualArgument_1_0_0: String $representations_1: ...) {
      _0: _entities(representations: $representations_0) { ... on U { field(a: $contextualArgument_1_0_0) } }
      _1: _entities(representations: $representations_1) { ... on U { field(a: $contextualArgument_1_0_1) } }
    }

How many there are is only known when the values are, so the operation is written then, once for each number that comes
up. Equal representations are sent once for each of their values. All else is as `entity_fetch` does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import orjson

from router.execution.context_values import ContextValues, Values, compile_standing_walk
from router.execution.entity_fetch import EntityFetch, EntityGroup
from router.execution.operation_copies import Copy, OperationCopier
from router.execution.run import Run, Step

# For each `_entities` field of the plan, which variables have a value in each of its copies.
_Shape: TypeAlias = tuple[tuple[tuple[bool, ...], ...], ...]
_MOST_SHAPES = 64


class _PartedGroup:
    """One `_entities` field of the plan, and its objects by their values."""

    def __init__(self, group: EntityGroup) -> None:
        self.group = group
        self.values = ContextValues(group.entity.context_rewrites, group.types)
        self._walks = [compile_standing_walk(path, group.types) for path in group.entity.paths]

    def collect(self, data: Any) -> dict[Values, dict[bytes, list[dict[str, Any]]]]:
        """Collect by values the JSON of the representations, and the objects that wait for the answer of each."""
        parts: dict[Values, dict[bytes, list[dict[str, Any]]]] = {}
        for walk in self._walks:
            for standing in walk(data):
                representation = self.group.represent(standing[0])
                values = None if representation is None else self.values.read(standing)
                if values is not None:
                    waiting = parts.setdefault(values, {})
                    waiting.setdefault(orjson.dumps(representation), []).append(standing[0])
        return parts


class ContextualFetch:
    """One compiled entity fetch or batch fetch with contextual arguments."""

    def __init__(
        self, subgraph: str, operation: str, variables: Sequence[str], groups: Sequence[EntityGroup], then: Step
    ) -> None:
        self._parted = [_PartedGroup(group) for group in groups]
        contextual = {name for parted in self._parted for name in parted.values.variables}
        self._subgraph = subgraph
        self._variables = [name for name in variables if name not in contextual]
        self._then = then
        self._copier = OperationCopier(operation)
        self._fetches: dict[_Shape, EntityFetch] = {}

    def start(self, run: Run) -> None:
        if run.is_over:
            return
        parts = [parted.collect(run.data) for parted in self._parted]
        shape = tuple(tuple(tuple(value is not None for value in values) for values in part) for part in parts)
        if not any(shape):
            self._then(run)
            return
        waiting = [waiting for part in parts for waiting in part.values()]
        given = [value for part in parts for values in part for value in values if value is not None]
        collected = [(b"[" + b",".join(one) + b"]", list(one.values())) for one in waiting]
        self._fetch_for(shape).send(run, collected, [sent for sent, _ in collected] + given)

    def _fetch_for(self, shape: _Shape) -> EntityFetch:
        known = self._fetches.get(shape)
        if known is None:
            if len(self._fetches) >= _MOST_SHAPES:
                self._fetches.clear()
            known = self._fetches[shape] = self._write(shape)
        return known

    def _write(self, shape: _Shape) -> EntityFetch:
        copies: list[Copy] = []
        groups: list[EntityGroup] = []
        given: list[str] = []
        is_alone = len(shape) == 1 and len(shape[0]) == 1
        for parted, parts in zip(self._parted, shape, strict=True):
            for has_values in parts:
                made = self._copier.copy(
                    parted.group.alias,
                    [parted.group.variable, *parted.values.variables],
                    None if is_alone else len(copies),
                )
                copies.append(made)
                variable, *names = made.variables
                groups.append(parted.group.renamed(made.alias, variable))
                given += [name for name, has_value in zip(names, has_values, strict=True) if has_value]
        operation, used = self._copier.write(copies)
        variables = [name for name in self._variables if name in used]
        return EntityFetch(self._subgraph, operation, variables, groups, self._then, more=given)
