"""A fetch of root fields: one request, its data merged into the response."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, partial
from typing import Any

from router.errors import TransportError
from router.execution.answers import Answer, read_answer
from router.execution.merging import merge_object
from router.execution.request_body import RequestBody
from router.execution.rewriting import Renames
from router.execution.run import Run, Step
from router.execution.selected_keys import selected_keys
from router.execution.walking import ConcretePath, TypeNames
from router.plan.nodes import Fetch, OperationKind
from router.transport import Outcome


class RootFetch:
    """One compiled root fetch."""

    def __init__(self, fetch: Fetch, types: TypeNames, then: Step) -> None:
        self.subgraph = fetch.subgraph
        self.body = RequestBody(fetch.operation, fetch.variables)
        self.retryable = fetch.kind is OperationKind.QUERY
        self._operation = fetch.operation
        self._renames = Renames(fetch.output_rewrites, types) if fetch.output_rewrites else None
        self._abstract = types.abstract
        self._then = then

    def start(self, run: Run) -> None:
        if run.is_over:
            return
        body = self.body.render(run.variables)
        run.fetches += 1
        delivery = run.dispatch(self.subgraph, body, run.context, retryable=self.retryable)
        delivery.then(partial(self._arrived, run))

    def _arrived(self, run: Run, outcome: Outcome) -> None:
        try:
            try:
                answer = read_answer(outcome)
            except TransportError as error:
                described = run.faults.unavailable(self.subgraph, error)
                run.faults.attach(described, [((), run.data)], self._keys)
            else:
                self.take(run, answer)
            self._then(run)
        except Exception as error:  # noqa: BLE001  A callback has no caller: whoever awaits the run must get the fault.
            run.fail(error)

    def take(self, run: Run, answer: Answer) -> None:
        """Merge an answer's data into the response, and its errors into the faults."""
        data, errors = answer
        if data is not None:
            if self._renames is not None:
                self._renames.apply(data)
            if run.data:
                merge_object(run.data, data, self._abstract)
            else:
                run.data.update(data)
        if errors:
            self._take_errors(run, errors, answered=data is not None)

    def _take_errors(self, run: Run, errors: Iterable[Any], *, answered: bool) -> None:
        for error in errors:
            path = self._client_path(error)
            if path is not None or answered:
                run.faults.add(self.subgraph, error, path)
            else:
                run.faults.attach(run.faults.present(self.subgraph, error), [((), run.data)], self._keys)

    def _client_path(self, error: Any) -> ConcretePath | None:
        path = error.get("path") if isinstance(error, dict) else None
        if not isinstance(path, list) or not path:
            return None
        return tuple(path) if self._renames is None else self._renames.rename_path(path)

    @cached_property
    def _keys(self) -> frozenset[str]:
        return selected_keys(self._operation)
