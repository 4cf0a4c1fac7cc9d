"""A fetch of entities: the objects at its paths become representations, what comes back is merged into them.

NOTE: Equal representations are sent once, and the answer is merged into every object that asked. The objects at one
path are treated alike by all later steps, so they may share one answer, unless a later step goes on inside of it at
some of the places only: then each object after the first gets a copy.

A plain entity fetch is a batch of one: its alias is `_entities`, its variable `representations`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

import orjson

from router.errors import TransportError
from router.execution.answers import read_answer
from router.execution.generated import Collect, Collected, Source, Targets, write_collection
from router.execution.merging import merge_everywhere, merge_object
from router.execution.representations import compile_representation
from router.execution.request_body import RequestBody
from router.execution.rewriting import Renames
from router.execution.run import Run, Step
from router.execution.selected_keys import selected_keys
from router.execution.walking import ConcretePath, TypeNames, Walk, compile_walk, locate
from router.plan.nodes import EntityAlias, Flatten, OperationKind
from router.transport import Outcome

_USES_BEFORE_WRITING = 2
_NOT_AS_MANY = "answered not as many entities as it was asked for"
Places: TypeAlias = dict[int, list[ConcretePath]]


class EntityGroup:
    """One `_entities` field of a fetch."""

    def __init__(self, entity: EntityAlias, *, shareable: bool, types: TypeNames) -> None:
        self.alias = entity.alias
        self.variable = entity.variable
        self.renames = Renames(entity.output_rewrites, types) if entity.output_rewrites else None
        self.source: Source | None = None
        self.asks_for = (entity.paths, entity.requires, entity.input_rewrites)
        self.entity = entity
        self._shareable = shareable
        self.types = types
        self._walks: list[Walk] = [compile_walk(path, types) for path in entity.paths]
        self.represent = compile_representation(entity.requires, entity.input_rewrites, types)
        self._uses = 0
        self._written: Collect | None = None

    def renamed(self, alias: str, variable: str) -> EntityGroup:
        """Make another that asks for the same under other names."""
        entity = replace(self.entity, alias=alias, variable=variable)
        return EntityGroup(entity, shareable=self._shareable, types=self.types)

    def collect(self, data: Any) -> Collected:
        """Collect carefully the first time; the second time, write the function that does it from then on."""
        if self._written is not None:
            return self._written(data)
        self._uses += 1
        entity = self.entity
        if self._uses == _USES_BEFORE_WRITING:
            written = write_collection(entity.paths, entity.requires, entity.input_rewrites, self.represent, self.types)
            if written is not None:
                self._written, self.source = written
                return self._written(data)
        return self.collect_carefully(data)

    def collect_carefully(self, data: Any) -> Collected:
        """Make the JSON of the representations, and for each the objects that wait for its answer."""
        waiting: dict[bytes, list[dict[str, Any]]] = {}
        for walk in self._walks:
            for target in walk(data):
                representation = self.represent(target)
                if representation is not None:
                    waiting.setdefault(orjson.dumps(representation), []).append(target)
        return b"[" + b",".join(waiting) + b"]", list(waiting.values())

    def merge(self, entities: Any, targets: Targets) -> bool:
        """Merge what came back into the objects that wait for it; whether it could be an answer to what was asked."""
        if entities.__class__ is not list:
            return False
        renames, abstract = self.renames, self.types.abstract
        for entity, waiting in zip(entities, targets, strict=False):
            if entity.__class__ is not dict:
                continue
            if renames is not None:
                renames.apply(entity)
            if len(waiting) > 1:
                merge_everywhere(waiting, entity, abstract, shareable=self._shareable)
            elif (target := waiting[0]).keys().isdisjoint(entity):
                target.update(entity)
            else:
                merge_object(target, entity, abstract)
        return len(entities) == len(targets)

    def rename_path(self, path: list[Any]) -> ConcretePath:
        return tuple(path) if self.renames is None else self.renames.rename_path(path)

    def places(self, data: dict[str, Any]) -> Places:
        """Where each object is in the response; one object may stand at several places."""
        places: Places = {}
        for path in self.entity.paths:
            for where, value in locate(data, path, self.types):
                places.setdefault(id(value), []).append(where)
        return places


class EntityFetch:
    """One compiled entity fetch or batch fetch; `more` are variables of the router's own beside representations."""

    def __init__(
        self,
        subgraph: str,
        operation: str,
        variables: Sequence[str],
        groups: Sequence[EntityGroup],
        then: Step,
        *,
        more: Sequence[str] = (),
    ) -> None:
        self.groups = groups
        self.asks_for = tuple([group.asks_for for group in groups])
        self._subgraph = subgraph
        self._operation = operation
        own = [group.variable for group in groups] + list(more)
        self._body = RequestBody(operation, [name for name in variables if name not in own], own)
        self._then = then
        self._lone = groups[0] if len(groups) == 1 else None

    def start(self, run: Run) -> None:
        if not run.is_over:
            self.ask(run, self.collect(run.data))

    def collect(self, data: dict[str, Any]) -> list[Collected]:
        """Collect for each group what it asks for."""
        lone = self._lone
        return [group.collect(data) for group in self.groups] if lone is None else [lone.collect(data)]

    def ask(self, run: Run, collected: Sequence[Collected]) -> None:
        """Send the representations of each group, and merge what comes back into the objects that wait for it."""
        if len(collected) == 1:
            sent, targets = collected[0]
            own: Sequence[bytes] | None = (sent,) if targets else None
        else:
            own = [sent for sent, _ in collected] if any(targets for _, targets in collected) else None
        if own is None:
            self._then(run)
            return
        self.send(run, collected, own)

    def send(self, run: Run, collected: Sequence[Collected], own: Sequence[bytes]) -> None:
        """Send what was collected; `own` are the values of the router's own variables, in JSON."""
        run.fetches += 1
        body = self._body.render_with(run.variables, own)
        run.dispatch(self._subgraph, body, run.context, retryable=True).then(partial(self._arrived, run, collected))

    def _arrived(self, run: Run, collected: Sequence[Collected], outcome: Outcome) -> None:
        try:
            try:
                data, errors = read_answer(outcome)
            except TransportError as error:
                self._fail_all(run, collected, run.faults.unavailable(self._subgraph, error))
            else:
                if errors:
                    self._take_errors(run, collected, errors)
                if data is not None:
                    for group, (_, targets) in zip(self.groups, collected, strict=True):
                        fits = group.merge(data.get(group.alias), targets)
                        if not fits and not errors:
                            self._fail(run, group, targets, run.faults.present(self._subgraph, _NOT_AS_MANY))
            self._then(run)
        except Exception as error:  # noqa: BLE001  A callback has no caller: whoever waits for the run must get the fault.
            run.fail(error)

    def _take_errors(self, run: Run, collected: Sequence[Collected], errors: Sequence[Any]) -> None:
        places = [group.places(run.data) for group in self.groups]
        for error in errors:
            path = error.get("path") if isinstance(error, dict) else None
            if not isinstance(path, list) or not self._place_error(run, collected, places, error, path):
                self._fail_all(run, collected, run.faults.present(self._subgraph, error))

    def _place_error(
        self, run: Run, collected: Sequence[Collected], places: list[Places], error: Any, path: list[Any]
    ) -> bool:
        """Report an error at the objects it is about; false when its path names none."""
        for group, (_, targets), located in zip(self.groups, collected, places, strict=True):
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
            rest = group.rename_path(path[2:])
            for where in {where: None for target in targets[index] for where in located.get(id(target), [])}:
                run.faults.add(self._subgraph, error, (*where, *rest))
            return True
        return False

    def _fail_all(self, run: Run, collected: Sequence[Collected], described: tuple[str, dict[str, Any]]) -> None:
        for group, (_, targets) in zip(self.groups, collected, strict=True):
            self._fail(run, group, targets, described)

    def _fail(self, run: Run, group: EntityGroup, targets: Targets, described: tuple[str, dict[str, Any]]) -> None:
        places = group.places(run.data)
        failed = [(places.get(id(target), [()])[0], target) for waiting in targets for target in waiting]
        run.faults.attach(described, failed, selected_keys(self._operation, group.alias))


def entity_of(flatten: Flatten) -> EntityAlias:
    """See a plain entity fetch as a batch of one."""
    fetch = flatten.node
    assert fetch.kind is OperationKind.QUERY, "Entities are fetched by queries."
    return EntityAlias(
        "_entities",
        "representations",
        (flatten.path,),
        fetch.requires,
        fetch.input_rewrites,
        fetch.output_rewrites,
        fetch.context_rewrites,
    )


def ask_alike(fetches: Sequence[EntityFetch], run: Run) -> None:
    """Start fetches that send the same representations to different subgraphs: these are made once."""
    if run.is_over:
        return
    collected = fetches[0].collect(run.data)
    for fetch in fetches:
        fetch.ask(run, collected)
