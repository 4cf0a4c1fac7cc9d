"""A fetch of entities: the objects at its paths become representations, what comes back is merged into them.

NOTE: Equal representations are sent once, and the answer is merged into every object that asked. The objects at one
path are treated alike by all later steps, so they may share one answer, unless a later step goes on inside of it at
some of the places only: then each object after the first gets a copy.

A plain entity fetch is a batch of one: its alias is `_entities`, its variable `representations`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeAlias

import orjson

from router.errors import TransportError
from router.execution.answers import Answer, read_answer
from router.execution.merging import copy_json, merge_object
from router.execution.representations import Build, compile_representation
from router.execution.request_body import RequestBody
from router.execution.rewriting import Renames
from router.execution.run import Run, Step
from router.execution.selected_keys import selected_keys
from router.execution.walking import ConcretePath, TypeNames, Walk, compile_walk, locate
from router.plan.nodes import EntityAlias, Flatten, OperationKind, Path
from router.transport import Outcome

Targets: TypeAlias = list[list[dict[str, Any]]]
Places: TypeAlias = dict[int, list[ConcretePath]]


class EntityGroup:
    """One `_entities` field of a fetch."""

    def __init__(
        self, alias: str, variable: str, paths: Sequence[Path], build: Build, renames: Renames,
        *, shareable: bool, types: TypeNames,
    ) -> None:  # fmt: skip
        self.alias = alias
        self.variable = variable
        self.shareable = shareable
        self.renames = renames
        self.types = types
        self._paths = tuple(paths)
        self._walks: list[Walk] = [compile_walk(path, types) for path in paths]
        self._build = build

    @classmethod
    def of_alias(cls, entity: EntityAlias, shareable: bool, types: TypeNames) -> EntityGroup:
        build = compile_representation(entity.requires, entity.input_rewrites, types)
        renames = Renames(entity.output_rewrites, types)
        return cls(entity.alias, entity.variable, entity.paths, build, renames, shareable=shareable, types=types)

    def collect(self, data: dict[str, Any]) -> tuple[bytes, Targets]:
        """Make the JSON of the representations, and for each the objects that wait for its answer."""
        waiting: dict[bytes, list[dict[str, Any]]] = {}
        build = self._build
        for walk in self._walks:
            for target in walk(data):
                representation = build(target)
                if representation is None:
                    continue
                key = orjson.dumps(representation)
                known = waiting.get(key)
                if known is None:
                    waiting[key] = [target]
                else:
                    known.append(target)
        return b"[" + b",".join(waiting) + b"]", list(waiting.values())

    def merge(self, entities: Any, targets: Targets) -> None:
        if not isinstance(entities, list):
            return
        abstract = self.types.abstract
        for entity, waiting in zip(entities, targets, strict=False):
            if entity.__class__ is not dict:
                continue
            self.renames.apply([entity])
            spare = waiting[1:]
            copies = [entity if self.shareable else copy_json(entity) for _ in spare]
            merge_object(waiting[0], entity, abstract)
            for target, copy in zip(spare, copies, strict=True):
                merge_object(target, copy, abstract)

    def places(self, data: dict[str, Any]) -> Places:
        """Where each object is in the response; one object may stand at several places."""
        places: Places = {}
        for path in self._paths:
            for where, value in locate(data, path, self.types):
                places.setdefault(id(value), []).append(where)
        return places


class EntityFetch:
    """One compiled entity fetch or batch fetch."""

    def __init__(
        self, subgraph: str, operation: str, variables: Sequence[str], groups: Sequence[EntityGroup], then: Step
    ) -> None:
        self._subgraph = subgraph
        self._operation = operation
        own = {group.variable for group in groups}
        self._body = RequestBody(operation, [name for name in variables if name not in own])
        self._groups = groups
        self._then = then

    @classmethod
    def of_flatten(cls, flatten: Flatten, shareable: bool, types: TypeNames, then: Step) -> EntityFetch:
        fetch = flatten.node
        assert fetch.kind is OperationKind.QUERY, "Entities are fetched by queries."
        build = compile_representation(fetch.requires, fetch.input_rewrites, types)
        renames = Renames(fetch.output_rewrites, types)
        group = EntityGroup(
            "_entities", "representations", [flatten.path], build, renames, shareable=shareable, types=types
        )
        return cls(fetch.subgraph, fetch.operation, fetch.variables, [group], then)

    def start(self, run: Run) -> None:
        if run.finished.done():
            return
        encoded: dict[str, bytes] = {}
        asked: list[Targets] = []
        for group in self._groups:
            encoded[group.variable], targets = group.collect(run.data)
            asked.append(targets)
        if not any(asked):
            self._then(run)
            return
        run.fetches += 1
        body = self._body.render(run.variables, encoded)
        delivery = run.dispatch(self._subgraph, body, run.context, retryable=True)
        delivery.then(partial(self._arrived, run, asked))

    def _arrived(self, run: Run, asked: list[Targets], outcome: Outcome) -> None:
        try:
            try:
                answer = read_answer(outcome)
            except TransportError as error:
                self._fail_all(run, asked, run.faults.unavailable(self._subgraph, error))
            else:
                self._take(run, asked, answer)
            self._then(run)
        except Exception as error:  # noqa: BLE001  A callback has no caller: whoever awaits the run must get the fault.
            run.fail(error)

    def _take(self, run: Run, asked: list[Targets], answer: Answer) -> None:
        if answer.errors:
            self._take_errors(run, asked, answer.errors)
        if answer.data is not None:
            for group, targets in zip(self._groups, asked, strict=True):
                group.merge(answer.data.get(group.alias), targets)

    def _take_errors(self, run: Run, asked: list[Targets], errors: Sequence[Any]) -> None:
        places = [group.places(run.data) for group in self._groups]
        for error in errors:
            path = error.get("path") if isinstance(error, dict) else None
            if not isinstance(path, list) or not self._place_error(run, asked, places, error, path):
                self._fail_all(run, asked, run.faults.present(self._subgraph, error))

    def _place_error(self, run: Run, asked: list[Targets], places: list[Places], error: Any, path: list[Any]) -> bool:
        """Report an error at the objects it is about; false when its path names none."""
        for group, targets, located in zip(self._groups, asked, places, strict=True):
            if path[:1] != [group.alias]:
                continue
            if len(path) == 1:
                self._fail(run, group, targets, run.faults.present(self._subgraph, error))
                return True
            index = path[1]
            if not isinstance(index, int) or not 0 <= index < len(targets):
                return False
            if len(path) == 2:  # noqa: PLR2004  The alias and the index: the entity as a whole.
                self._fail(run, group, [targets[index]], run.faults.present(self._subgraph, error))
                return True
            rest = group.renames.rename_path(path[2:])
            for where in {where: None for target in targets[index] for where in located.get(id(target), [])}:
                run.faults.add(self._subgraph, error, (*where, *rest))
            return True
        return False

    def _fail_all(self, run: Run, asked: list[Targets], described: tuple[str, dict[str, Any]]) -> None:
        for group, targets in zip(self._groups, asked, strict=True):
            self._fail(run, group, targets, described)

    def _fail(self, run: Run, group: EntityGroup, targets: Targets, described: tuple[str, dict[str, Any]]) -> None:
        places = group.places(run.data)
        failed = [(places.get(id(target), [()])[0], target) for waiting in targets for target in waiting]
        run.faults.attach(described, failed, selected_keys(self._operation, group.alias))
