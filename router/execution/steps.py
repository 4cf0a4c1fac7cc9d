"""A plan compiled to steps: each knows the step after it, so nothing is interpreted while a run goes on.

`compile_node(node, then)` returns the step that does `node` and goes on with `then`. A sequence is folded from its end;
a parallel node counts its branches down; a condition picks a branch by its variable.
"""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf
from functools import partial
from typing import assert_never

from router.execution.contextual_fetch import ContextualFetch
from router.execution.entity_fetch import EntityFetch, EntityGroup, ask_alike, entity_of
from router.execution.nested_query import NestedQuery
from router.execution.root_fetch import RootFetch
from router.execution.run import Run, Step
from router.execution.walking import TypeNames
from router.plan.nodes import BatchFetch, Condition, Fetch, Flatten, Node, Parallel, Path, Sequence


def _paths(node: Node) -> list[Path]:
    match node:
        case Flatten(path, _):
            return [path]
        case BatchFetch():
            return [path for entity in node.entities for path in entity.paths]
        case Sequence(nodes) | Parallel(nodes):
            return [path for inner in nodes for path in _paths(inner)]
        case Condition(_, if_true, if_false):
            return [path for inner in (if_true, if_false) if inner is not None for path in _paths(inner)]
        case Fetch():
            return []
        case _:
            assert_never(node)


class StepCompiler:
    """Compiles the nodes of one plan."""

    def __init__(self, root: Node, types: TypeNames) -> None:
        self._types = types
        self._paths = _paths(root)
        self._joins = 0
        self.groups: list[EntityGroup] = []

    def compile_node(self, node: Node, then: Step) -> Step:
        match node:
            case Fetch():
                return RootFetch(node, self._types, then).start
            case Flatten(_, fetch) if not fetch.requires:
                return NestedQuery(node, self._types, then).start
            case Flatten() | BatchFetch():
                return self._entity_fetch(node, then).start
            case Sequence(nodes):
                for inner in reversed(nodes):
                    then = self.compile_node(inner, then)
                return then
            case Parallel(nodes):
                return self._compile_parallel(nodes, then)
            case Condition(variable, if_true, if_false):
                when_true = then if if_true is None else self.compile_node(if_true, then)
                when_false = then if if_false is None else self.compile_node(if_false, then)
                return lambda run: when_true(run) if run.variables.get(variable) else when_false(run)
            case _:
                assert_never(node)

    def _compile_parallel(self, nodes: SequenceOf[Node], then: Step) -> Step:
        join = self._joins = self._joins + 1

        def arrive(run: Run) -> None:
            run.pending[join] -= 1
            if not run.pending[join]:
                then(run)

        if not nodes:
            return then
        starts: list[Step] = []
        alike: dict[object, list[EntityFetch]] = {}
        for node in nodes:
            if isinstance(node, BatchFetch) or (isinstance(node, Flatten) and node.node.requires):
                fetch = self._entity_fetch(node, arrive)
                if isinstance(fetch, EntityFetch):
                    alike.setdefault(fetch.asks_for, []).append(fetch)
                else:
                    starts.append(fetch.start)
            else:
                starts.append(self.compile_node(node, arrive))
        starts += [fetches[0].start if len(fetches) == 1 else partial(ask_alike, fetches) for fetches in alike.values()]
        return partial(_start_all, starts, len(nodes), join)

    def _entity_fetch(self, node: Flatten | BatchFetch, then: Step) -> EntityFetch | ContextualFetch:
        entities, fetch = ((entity_of(node),), node.node) if isinstance(node, Flatten) else (node.entities, node)
        groups = [
            EntityGroup(entity, shareable=self._group_is_shareable(entity.paths), types=self._types)
            for entity in entities
        ]
        self.groups += groups
        is_contextual = any(entity.context_rewrites for entity in entities)
        fetching = ContextualFetch if is_contextual else EntityFetch
        return fetching(fetch.subgraph, fetch.operation, fetch.variables, groups, then)

    def _group_is_shareable(self, paths: SequenceOf[Path]) -> bool:
        """Whether one answer may stand at several places: only if no later step completes objects inside of it."""
        return not any(len(other) > len(path) and other[: len(path)] == path for path in paths for other in self._paths)


def _start_all(starts: SequenceOf[Step], arrivals: int, join: int, run: Run) -> None:
    run.pending[join] = arrivals
    for start in starts:
        start(run)
