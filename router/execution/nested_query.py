"""A fetch of root fields for objects that stand deeper in the response: wherever a field returns the query type.

What is asked is the same for each of them, so it is asked once, and each gets the answer for its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, partial
from typing import Any

from router.errors import TransportError
from router.execution.answers import read_answer
from router.execution.merging import merge_everywhere
from router.execution.request_body import RequestBody
from router.execution.rewriting import Renames
from router.execution.run import Run, Step
from router.execution.selected_keys import selected_keys
from router.execution.walking import TypeNames, compile_walk, locate
from router.plan.nodes import Flatten
from router.transport import Outcome


class NestedQuery:
    """One compiled fetch of root fields at a path."""

    def __init__(self, flatten: Flatten, types: TypeNames, then: Step) -> None:
        fetch = flatten.node
        self._subgraph = fetch.subgraph
        self._operation = fetch.operation
        self._body = RequestBody(fetch.operation, fetch.variables)
        self._path = flatten.path
        self._walk = compile_walk(flatten.path, types)
        self._renames = Renames(fetch.output_rewrites, types)
        self._types = types
        self._then = then

    def start(self, run: Run) -> None:
        if run.is_over:
            return
        targets = self._walk(run.data)
        if not targets:
            self._then(run)
            return
        run.fetches += 1
        delivery = run.dispatch(self._subgraph, self._body.render(run.variables), run.context, retryable=True)
        delivery.then(partial(self._arrived, run, targets))

    def _arrived(self, run: Run, targets: list[dict[str, Any]], outcome: Outcome) -> None:
        try:
            try:
                data, errors = read_answer(outcome)
            except TransportError as error:
                self._fail(run, run.faults.unavailable(self._subgraph, error))
            else:
                if errors:
                    self._take_errors(run, errors)
                if data is not None:
                    self._renames.apply(data)
                    merge_everywhere(targets, data, self._types.abstract, shareable=False)
            self._then(run)
        except Exception as error:  # noqa: BLE001  A callback has no caller: whoever waits for the run must get the fault.
            run.fail(error)

    def _take_errors(self, run: Run, errors: Iterable[Any]) -> None:
        for error in errors:
            path = error.get("path") if isinstance(error, dict) else None
            if not isinstance(path, list) or not path:
                self._fail(run, run.faults.present(self._subgraph, error))
                continue
            rest = self._renames.rename_path(path)
            for where, _ in locate(run.data, self._path, self._types):
                run.faults.add(self._subgraph, error, (*where, *rest))

    def _fail(self, run: Run, described: tuple[str, dict[str, Any]]) -> None:
        run.faults.attach(described, locate(run.data, self._path, self._types), self._keys)

    @cached_property
    def _keys(self) -> frozenset[str]:
        return selected_keys(self._operation)
