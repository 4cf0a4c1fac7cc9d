"""An operation ready to run: its plan compiled to steps, and the completion of its response."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from graphql import OperationType

from router.errors import TransportError
from router.execution.answers import Answer, read_payload
from router.execution.authorisation import Forbidden
from router.execution.completion import Completion
from router.execution.dispatching import Dispatcher
from router.execution.entity_fetch import EntityGroup
from router.execution.faults import Faults, graphql_error
from router.execution.generated import Projector
from router.execution.introspection import introspect, mentions_introspection
from router.execution.root_fetch import RootFetch
from router.execution.run import RequestContext, Run, Step
from router.execution.steps import StepCompiler
from router.execution.variables import VariableCoercion
from router.execution.walking import TypeNames
from router.operation import Operation
from router.plan.nodes import Fetch, Node, QueryPlan, Subscription
from router.supergraph import Supergraph
from router.transport import closable


@dataclass(slots=True)
class Response:
    """A GraphQL response; `data` is absent from its payload only where the request was refused."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]] = field(default_factory=list)
    extensions: dict[str, Any] | None = None
    fetches: int = 0

    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = {"data": self.data}
        if self.errors:
            payload["errors"] = self.errors
        if self.extensions:
            payload["extensions"] = self.extensions
        return payload


Done: TypeAlias = Callable[[Response | Exception], None]


def _resolve(future: asyncio.Future[Response], outcome: Response | Exception) -> None:
    if future.done():
        return  # Nobody waits any more.
    if isinstance(outcome, Response):
        future.set_result(outcome)
    else:
        future.set_exception(outcome)


class Executable:
    """Runs one operation, any number of times and at once."""

    def __init__(
        self,
        supergraph: Supergraph,
        types: TypeNames,
        operation: Operation,
        plan: QueryPlan,
        dispatcher: Dispatcher,
        *,
        forbidden: Forbidden | None = None,
    ) -> None:
        self.operation = operation
        self.plan = plan
        self.kind: str = operation.kind.value
        self.is_subscription = operation.kind is OperationType.SUBSCRIPTION
        self.is_query = operation.kind is OperationType.QUERY
        self._supergraph = supergraph
        self._dispatcher = dispatcher
        self._forbidden = forbidden
        self._projector = Projector(supergraph.public_schema, operation)
        self.coerce = VariableCoercion(supergraph.public_schema, operation).coerce
        self._introspects = mentions_introspection(operation)
        node = plan.node
        self._primary: RootFetch | None = None
        rest: Node | None
        if isinstance(node, Subscription):
            rest = node.rest
        elif operation.kind is OperationType.SUBSCRIPTION and isinstance(node, Fetch):
            rest, node = None, Subscription(node, None)
        else:
            rest = node
        self._groups: Sequence[EntityGroup] = ()
        self._step: Step = Run.finish
        if rest is not None:
            compiler = StepCompiler(rest, types)
            self._step = compiler.compile_node(rest, Run.finish)
            self._groups = compiler.groups
        if isinstance(node, Subscription):
            self._primary = RootFetch(node.primary, types, self._step)

    async def execute(self, variables: Mapping[str, Any], context: RequestContext) -> Response:
        """Run a query or mutation with coerced `variables`."""
        return await self._response(self._step, variables, context)

    def start(self, variables: Mapping[str, Any], context: RequestContext, done: Done) -> None:
        """Run a query or mutation without a task; `done`, which must not raise, gets the response or what crashed."""
        self._start(self._step, variables, context, done)

    async def subscribe(self, variables: Mapping[str, Any], context: RequestContext) -> AsyncGenerator[Response, None]:
        """Yield a response for each event; a subgraph that fails ends the stream with one last response."""
        primary = self._primary
        assert primary is not None, "Only the plan of a subscription has a primary fetch."
        body = primary.body.render(variables)
        request = self._dispatcher.request(primary.subgraph, body, context, retryable=False)
        try:
            async with aclosing(closable(self._dispatcher.transport.subscribe(request))) as events:
                async for event in events:
                    yield await self._response(partial(self._take_event, read_payload(event)), variables, context)
        except TransportError as error:
            message, extensions = Faults(context.correlation_id).unavailable(primary.subgraph, error)
            yield Response(None, [graphql_error(message, None, extensions)])

    def _take_event(self, event: Answer, run: Run) -> None:
        assert self._primary is not None, "Only the plan of a subscription has a primary fetch."
        self._primary.take(run, event)
        self._step(run)

    def generated(self) -> str:
        """Show the code that was written for this operation so far."""
        sources = [*(group.source for group in self._groups), *self._projector.sources]
        return "\n\n".join(str(source) for source in sources if source is not None)

    def _start(self, step: Step, variables: Mapping[str, Any], context: RequestContext, done: Done) -> None:
        run = Run(variables, context, self._dispatcher, partial(self._ended, done))
        try:
            step(run)
        except Exception as error:  # noqa: BLE001  As any crash in a later step would be, it is told to `done`.
            run.fail(error)

    async def _response(self, step: Step, variables: Mapping[str, Any], context: RequestContext) -> Response:
        future: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._start(step, variables, context, partial(_resolve, future))
        return await future

    def _ended(self, done: Done, run: Run) -> None:
        outcome: Response | Exception
        if run.error is not None:
            outcome = run.error
        else:
            try:
                outcome = self._respond(run)
            except Exception as error:  # noqa: BLE001  A callback has no caller: `done` must get the fault.
                outcome = error
        done(outcome)

    def _respond(self, run: Run) -> Response:
        introspected = (
            introspect(self._supergraph.public_schema, self.operation, run.variables) if self._introspects else None
        )
        if introspected is None and not run.has_faults and self._forbidden is None:
            data = self._projector.project(run.variables, run.data)
            if data is not None:
                return Response(data, fetches=run.fetches)
        answers = introspected.data if introspected and introspected.data else {}
        completion = Completion(
            self._supergraph, self.operation, run.variables, run.faults, answers, forbidden=self._forbidden
        )
        completed = completion.complete(run.data)
        errors = completion.errors
        if introspected is not None and introspected.errors:
            errors += [dict(error.formatted) for error in introspected.errors]
        return Response(completed, errors, fetches=run.fetches)
