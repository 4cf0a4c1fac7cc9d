"""Answering of GraphQL requests, whatever protocol brought them: verify, prepare, coerce, run, or refuse."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from time import time_ns
from typing import Any, NamedTuple, NoReturn

from graphql import GraphQLError

from router.config import RouterConfig
from router.errors import INTERNAL_SERVER_ERROR, QUERY_TOO_COMPLEX, OperationError
from router.execution import Executable, Executor, Response
from router.plan.json import plan_to_json
from router.plan.text import plan_to_text
from router.server.callers import Caller
from router.server.cost import CostEstimator
from router.server.grants import JudgePolicies, policies_by_claims, read_grants
from router.server.graphql_request import GraphQLRequest
from router.server.persisted import PersistedOperations
from router.server.rates import RateLimiter
from router.server.tokens import Identity, TokenVerifier
from router.supergraph import Grants

_NOTHING = Grants()
_LOG = logging.getLogger("router.server")
_LONGEST_MESSAGE = 1000
PLAN_HEADERS = frozenset(("x-router-query-plan", "apollo-expose-query-plan", "apollo-query-plan-experimental"))


class Prepared(NamedTuple):
    """A request that may run: its operation, the name that its client gave it, and coerced variables."""

    executable: Executable
    name: str | None
    variables: Mapping[str, Any]
    extensions: dict[str, Any] | None


class Refused(Exception):
    """The request is refused before anything ran; `errors` is what the client is told, without data."""

    def __init__(self, errors: list[dict[str, Any]], code: str) -> None:
        super().__init__(code)
        self.errors = errors
        self.code = code

    def payload(self) -> dict[str, Any]:
        return {"errors": self.errors}


@dataclass(frozen=True, slots=True)
class Guards:
    """What stands before operations besides their own validity; None where nothing does."""

    judge: JudgePolicies | None = None
    rates: RateLimiter | None = None
    costs: CostEstimator | None = None


class GraphQLService:
    """One supergraph's answers."""

    def __init__(
        self,
        executor: Executor,
        verifier: TokenVerifier,
        config: RouterConfig,
        guards: Guards,
    ) -> None:
        self._executor = executor
        self._judge = guards.judge or policies_by_claims(config.authorization)
        self._guards = guards
        self._persisted = PersistedOperations(config.persisted)
        self._verifier = verifier
        self._config = config
        self._longest = config.limits.document_characters
        self._hide_suggestions = not config.is_on("suggestions")

    async def identify(self, caller: Caller) -> Identity:
        """Verify the caller's token; raises `Unauthenticated` and, without keys to tell, `TransportError`."""
        return await self._verifier.verify(caller.authorization)

    def identify_at_once(self, authorization: str | None) -> Identity | None:
        """Tell the caller where that takes no waiting: without a token, or by one that was verified before."""
        return self._verifier.known(authorization)

    def seconds_left(self, identity: Identity) -> float | None:
        return self._verifier.seconds_left(identity)

    def prepare(self, request: GraphQLRequest, caller: Caller, identity: Identity) -> Prepared:
        """Raise `Refused` where the operation or its variables are at fault, `RateLimited` where there are too many."""
        if self._guards.rates is not None:
            self._guards.rates.take(caller, identity)
        try:
            text = self._persisted.resolve(request)
            if len(text) > self._longest:
                self._refuse_length(text)
            grants = self._grants(identity) if self._executor.has_access_rules else _NOTHING
            began = time_ns() if caller.span is not None else 0
            executable, name = self._executor.find(text, request.operation_name, grants)
            if caller.span is not None:
                caller.span.prepared(executable, began)
            variables = executable.coerce(request.variables, hide_suggestions=self._hide_suggestions)
            cost = {} if self._guards.costs is None else self._check_cost(executable, variables, self._guards.costs)
        except OperationError as error:
            listed = [describe(inner, error.code) for inner in error.errors]
            raise Refused(listed, error.code) from error
        except RecursionError:
            too_deep = GraphQLError("The operation is nested too deeply.")
            raise Refused([describe(too_deep, QUERY_TOO_COMPLEX)], QUERY_TOO_COMPLEX) from None
        except Exception as error:
            _LOG.exception("no plan", extra={"correlationId": caller.context.correlation_id})
            raise Refused([self.internal_error(caller)], INTERNAL_SERVER_ERROR) from error
        plan = {} if PLAN_HEADERS.isdisjoint(caller.headers) else self._plan_extensions(executable)
        return Prepared(executable, name, variables, {**plan, **cost} if plan or cost else None)

    def _grants(self, identity: Identity) -> Grants:
        return read_grants(identity, self._config.authorization.scope_claim, self._executor.policies, self._judge)

    async def execute(self, prepared: Prepared, caller: Caller) -> Response:
        """Run a query or mutation. A crash is logged once, and told as such."""
        answered: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self.start(prepared, caller, lambda response: None if answered.done() else answered.set_result(response))
        return await answered

    def start(self, prepared: Prepared, caller: Caller, done: Callable[[Response], None]) -> None:
        """Run as `execute` does, without a task; `done`, which must not raise, gets the response."""
        prepared.executable.start(prepared.variables, caller.context, partial(self._finish, prepared, caller, done))

    def _finish(
        self, prepared: Prepared, caller: Caller, done: Callable[[Response], None], outcome: Response | Exception
    ) -> None:
        if isinstance(outcome, Exception):
            _LOG.error("execution crashed", exc_info=outcome, extra={"correlationId": caller.context.correlation_id})
            outcome = Response(None, [self.internal_error(caller)])
        else:
            outcome.extensions = prepared.extensions
        done(outcome)

    async def subscribe(self, prepared: Prepared, caller: Caller) -> AsyncGenerator[Response, None]:
        """Yield the responses of a subscription; a crash is logged once, and told as the last."""
        try:
            async with aclosing(prepared.executable.subscribe(prepared.variables, caller.context)) as responses:
                async for response in responses:
                    yield response
        except Exception:  # noqa: BLE001  As in `execute`.
            _LOG.exception("subscription crashed", extra={"correlationId": caller.context.correlation_id})
            yield Response(None, [self.internal_error(caller)])

    def internal_error(self, caller: Caller) -> dict[str, Any]:
        extensions = {"code": INTERNAL_SERVER_ERROR, "correlationId": caller.context.correlation_id}
        return {"message": "Internal server error.", "extensions": extensions}

    def _refuse_length(self, text: str) -> NoReturn:
        """Refuse a long document before it is read: that alone would take a while, and it would be kept."""
        message = f"The document's length of {len(text)} is over the limit of {self._longest}."
        extensions = {"limit": "document_characters", "maximum": self._longest}
        raise OperationError(QUERY_TOO_COMPLEX, [GraphQLError(message, extensions=extensions)])

    def _check_cost(self, executable: Executable, variables: Mapping[str, Any], costs: CostEstimator) -> dict[str, Any]:
        """Tell the cost for the response's extensions; raises `OperationError` where it is over the limit."""
        maximum = self._config.limits.cost
        if maximum is None:
            return {}
        cost = {"estimated": costs.estimate(executable.operation, variables), "maximum": maximum}
        if cost["estimated"] > maximum:
            message = f"The operation's cost of {cost['estimated']} is over the limit of {maximum}."
            extensions = {"limit": "cost", "maximum": maximum, "cost": cost}
            raise OperationError(QUERY_TOO_COMPLEX, [GraphQLError(message, extensions=extensions)])
        return {"cost": cost}

    def _plan_extensions(self, executable: Executable) -> dict[str, Any]:
        if not self._config.is_on("query_plans"):
            return {}
        plan = executable.plan
        return {"queryPlan": {**plan_to_json(plan), "text": plan_to_text(plan)}}


def describe(error: GraphQLError, code: str) -> dict[str, Any]:
    """Write an error of the router's own with its code; its message may quote the client, but not at any length."""
    described: dict[str, Any] = dict(error.formatted)
    if len(error.message) > _LONGEST_MESSAGE:
        described["message"] = error.message[:_LONGEST_MESSAGE] + "…"
    described["extensions"] = {"code": code, **(error.extensions or {})}
    return described
