"""Walks every path a query can take and asks of each field on the way whether some subgraph resolves it there.

A state is an object type, the positions where the object is at hand, and the contextual arguments that have a value
there. More of these only make more possible, so a state is skipped when the same type passed with a part of them. The
walk is breadth first: each message shows the shortest query.

A mutation is called once, though several subgraphs may share its field; so one of them must do for all below it, which
is found out by a walk of its own from each.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from router.composition.model import COMPOSITE, ROOTS, Field, Kind, Supergraph
from router.composition.satisfiability.contexts import NOTHING_SUPPLIED, Contexts, Supplied
from router.composition.satisfiability.field_sources import FieldSources, Position, Resolution
from router.composition.satisfiability.messages import explain, explain_one_call
from router.composition.satisfiability.reach import Positions, Reach
from router.composition.specification import INACCESSIBLE
from router.errors import CompositionIssue


@dataclass(frozen=True, slots=True)
class Step:
    """One field on the way from a root; `condition` is the type condition below it, if it returns an abstract type."""

    field: str
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class _State:
    type_name: str
    positions: Positions
    path: tuple[Step, ...]
    supplied: Supplied = NOTHING_SUPPLIED


class Search:
    """One walk over one supergraph."""

    def __init__(self, supergraph: Supergraph, sources: FieldSources, reach: Reach, contexts: Contexts) -> None:
        self._supergraph = supergraph
        self._sources = sources
        self._reach = reach
        self._contexts = contexts
        self._passed: dict[str, list[tuple[Positions, Supplied]]] = {}
        self._queue: deque[_State] = deque()
        self._issues: dict[tuple[str, str], CompositionIssue] = {}

    def run(self) -> list[CompositionIssue]:
        for root in ROOTS:
            if root in self._supergraph.types:
                self._visit(_State(root, frozenset(self._sources.positions(root)), (Step(root.lower()),)))
        return self._finish()

    def _finish(self) -> list[CompositionIssue]:
        while self._queue:
            self._expand(self._queue.popleft())
        return list(self._issues.values())

    def _visit(self, state: _State) -> None:
        passed = self._passed.setdefault(state.type_name, [])
        if any(earlier <= state.positions and supplied <= state.supplied for earlier, supplied in passed):
            return
        passed.append((state.positions, state.supplied))
        self._queue.append(state)

    def _expand(self, state: _State) -> None:
        definition = self._supergraph.types[state.type_name]
        reached = self._reach.everywhere(state.type_name, state.positions)
        below = replace(state, supplied=self._contexts.hand_down(state.supplied, state.type_name, reached))
        for field in definition.fields.values():
            if field.has(INACCESSIBLE):
                continue
            ways = self._reach.resolutions(state.type_name, reached, field.name)
            ways = self._contexts.admitted(ways, state.type_name, reached, state.supplied)
            if not ways:
                self._report(state, field, reached)
            elif state.type_name == "Mutation" and len(ways) > 1:
                self._check_one_call(below, field, ways)
            elif self._supergraph.types.get(field.type.name) is not None:
                targets = frozenset(resolution.target for _, resolution in ways)
                self._follow(below, field, targets)

    def _check_one_call(self, state: _State, field: Field, ways: list[tuple[Position, Resolution]]) -> None:
        """Report a mutation which no subgraph can answer with all below it."""
        failures: list[tuple[str, list[CompositionIssue]]] = []
        for position, resolution in ways:
            walk = Search(self._supergraph, self._sources, self._reach, self._contexts)
            walk._follow(state, field, frozenset({resolution.target}))
            issues = walk._finish()
            if not issues:
                return
            failures.append((position.subgraph, issues))
        self._issues[state.type_name, field.name] = explain_one_call(f"{state.type_name}.{field.name}", failures)

    def _follow(self, state: _State, field: Field, targets: Positions) -> None:
        value_type = self._supergraph.types[field.type.name]
        if value_type.kind not in COMPOSITE or value_type.has(INACCESSIBLE):
            return
        by_type = self._reach.by_runtime_type(value_type.name, targets)
        if self._reach.possible_types(value_type.name) and not self._reach.tells_type(targets):
            self._report_unknown_type(state, field, targets)
        for runtime, positions in by_type.items():
            if not self._supergraph.types[runtime].has(INACCESSIBLE):
                condition = None if value_type.kind is Kind.OBJECT else runtime
                self._visit(_State(runtime, positions, (*state.path, Step(field.name, condition)), state.supplied))

    def _report(self, state: _State, field: Field, reached: Positions) -> None:
        place = (state.type_name, field.name)
        if place not in self._issues:
            steps = [(step.field, step.condition) for step in (*state.path, Step(field.name))]
            composite = self._is_composite(field)
            self._issues[place] = explain(self._reach, steps, state.type_name, field.name, reached, composite=composite)

    def _report_unknown_type(self, state: _State, field: Field, targets: Positions) -> None:
        place = (field.type.name, "__typename")
        if place not in self._issues:
            steps = [(step.field, step.condition) for step in (*state.path, Step(field.name), Step("__typename"))]
            self._issues[place] = explain(self._reach, steps, field.type.name, "__typename", targets, composite=False)

    def _is_composite(self, field: Field) -> bool:
        definition = self._supergraph.types.get(field.type.name)
        return definition is not None and definition.kind in COMPOSITE
