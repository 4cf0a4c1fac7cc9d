"""GraphQL calls to other subgraphs: token, time-out, retries and circuit breaker, the same for every call.

What counts as what:

    never reached                        failure; tried again, queries and mutations alike
    time-out, broken off, 5xx, rubbish   failure; queries are tried again, mutations are not: the caller asks anew with
                                         the same key, by when it may know better
    any other status, GraphQL errors     an answer, so the peer is well: not tried again, raised as `AnsweredWithErrors`
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import orjson

from shared.clients.breaker import Breaker, Circuit
from shared.clients.retrying import Backoff, Pause, pause
from shared.clients.transport import ConnectFailed, Http, HttpAnswer, HttpFailed
from shared.clock import Clock
from shared.errors import SubgraphUnavailable
from shared.metrics import CALLS
from shared.telemetry_trail import trail_headers

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CallRules:
    """How patient a call is: seconds for each try, how often it is tried, and when a circuit opens and for how long."""

    timeout: float = 2.0
    backoff: Backoff = field(default_factory=Backoff)
    breaker_failures: int = 5
    breaker_delay: timedelta = timedelta(seconds=10)


class AnsweredWithErrors(SubgraphUnavailable):
    """The subgraph answered, but with GraphQL errors; `codes` are their `extensions.code`, in order."""

    def __init__(self, subgraph: str, codes: tuple[str, ...]) -> None:
        super().__init__(f"The subgraph {subgraph} answered with errors: {', '.join(codes)}.")
        self.codes = codes


class _AttemptError(Exception):
    """One try failed; `again` tells whether another may help without doing a thing twice."""

    def __init__(self, why: str, *, again: bool) -> None:
        super().__init__(why)
        self.again = again


class GraphqlCalls:
    """Posts documents to subgraphs by name."""

    def __init__(
        self,
        http: Http,
        urls: Mapping[str, str],
        token: Callable[[], Awaitable[str]],
        clock: Clock,
        *,
        rules: CallRules,
        pause: Pause = pause,
    ) -> None:
        self._http = http
        self._urls = urls
        self._token = token
        self._rules = rules
        self._pause = pause
        self._breakers = {
            name: Breaker(clock, name, failures=rules.breaker_failures, delay=rules.breaker_delay) for name in urls
        }

    def circuit(self, subgraph: str) -> Circuit:
        """Tell the state of a subgraph's circuit, for health pages and metrics."""
        return self._breakers[subgraph].circuit

    async def data(
        self, subgraph: str, document: str, variables: Mapping[str, Any], *, repeatable: bool
    ) -> dict[str, Any]:
        """Answer the `data` of a document that ran without errors; raise `SubgraphUnavailable` otherwise."""
        assert subgraph in self._urls, f"There is no URL for a subgraph named {subgraph}."
        body = orjson.dumps({"query": document, "variables": variables})
        attempt = 1
        while True:
            try:
                return await self._attempt(subgraph, body, repeatable=repeatable)
            except _AttemptError as failure:
                logger.warning("call of subgraph %s, try %d: %s", subgraph, attempt, failure)
                if not failure.again or attempt == self._rules.backoff.attempts:
                    raise SubgraphUnavailable(f"The subgraph {subgraph} does not answer; try again.") from failure
            await self._pause(self._rules.backoff.seconds_after(attempt))
            attempt += 1

    async def _attempt(self, subgraph: str, body: bytes, *, repeatable: bool) -> dict[str, Any]:
        headers = {
            "content-type": "application/json",
            "accept": "application/json",
            "authorization": f"Bearer {await self._token()}",
            **trail_headers(),
        }
        breaker = self._breakers[subgraph]
        if not breaker.admits():
            CALLS.labels(subgraph, "left_alone").inc()
            raise SubgraphUnavailable(f"The subgraph {subgraph} is being left alone after failures; try again.")
        try:
            answer = await self._http.request(
                "POST", self._urls[subgraph], headers=headers, body=body, timeout=self._rules.timeout
            )
            data = _data(subgraph, answer, repeatable=repeatable)
        except HttpFailed as error:
            breaker.failed()
            CALLS.labels(subgraph, "failed").inc()
            raise _AttemptError(str(error), again=repeatable or isinstance(error, ConnectFailed)) from error
        except _AttemptError:
            breaker.failed()
            CALLS.labels(subgraph, "failed").inc()
            raise
        except AnsweredWithErrors:
            breaker.succeeded()
            CALLS.labels(subgraph, "answered_with_errors").inc()
            raise
        except BaseException:
            breaker.abandoned()
            raise
        breaker.succeeded()
        CALLS.labels(subgraph, "answered").inc()
        return data


def _data(subgraph: str, answer: HttpAnswer, *, repeatable: bool) -> dict[str, Any]:
    """Read a GraphQL answer. Messages of errors are neither logged nor passed on: they may hold personal data."""
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _AttemptError(f"status {answer.status}", again=repeatable)
    try:
        content = orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise AnsweredWithErrors(subgraph, (f"HTTP_{answer.status}",)) from error
        raise _AttemptError("the answer is not JSON", again=repeatable) from error
    match content:
        case {"errors": [_, *_] as errors}:
            raise AnsweredWithErrors(subgraph, tuple(_code(error) for error in errors))
        case {"data": dict() as data} if answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return data
        case _ if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise AnsweredWithErrors(subgraph, (f"HTTP_{answer.status}",))
        case _:
            raise _AttemptError("the answer is not a GraphQL answer", again=repeatable)


def _code(error: object) -> str:
    match error:
        case {"extensions": {"code": str() as code}}:
            return code
        case _:
            return "UNKNOWN"
