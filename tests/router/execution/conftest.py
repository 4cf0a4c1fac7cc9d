"""A federation of canned answers: execution is tested with the plans and calls of others, planner and network apart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import orjson
import pytest

from router.errors import TransportError
from router.execution import (
    Dispatcher,
    Endpoint,
    Executable,
    Executor,
    ExecutorOptions,
    RequestContext,
    Response,
)
from router.operation import Operation
from router.plan.json import plan_from_json
from router.plan.nodes import QueryPlan
from router.supergraph import load_supergraph
from router.transport import PlainRequest, SubgraphRequest, SubgraphResponse

Answer = Callable[[str, dict[str, Any]], Any]


class CannedTransport:
    """Answers by a function of subgraph and request body; keeps what was asked. An exception as answer is raised."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.sent: list[SubgraphRequest] = []
        self.events: list[dict[str, Any]] = []

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        await asyncio.sleep(0)
        body = orjson.loads(request.body)
        self.sent.append(request)
        self.asked.append((request.subgraph, body))
        answer = self.answer(request.subgraph, body)
        if isinstance(answer, TransportError):
            raise answer
        if isinstance(answer, bytes):
            return SubgraphResponse(502, {}, answer)
        return SubgraphResponse(200, {}, orjson.dumps(answer))

    async def subscribe(self, request: SubgraphRequest) -> AsyncIterator[dict[str, Any]]:
        self.sent.append(request)
        for event in self.events:
            yield event

    async def request(self, request: PlainRequest) -> SubgraphResponse:
        raise TransportError(f"nothing is at {request.url}")

    async def close(self) -> None:
        pass


class FixedPlanner:
    """Gives the same plan for every operation."""

    def __init__(self, plan: QueryPlan) -> None:
        self._plan = plan

    def plan(self, _: Operation, _labels: frozenset[str]) -> QueryPlan:
        return self._plan


class Bench:
    """One operation under test, over canned answers."""

    def __init__(self, supergraph: str, plan: Mapping[str, Any], answer: Answer) -> None:
        loaded = load_supergraph(supergraph)
        self.transport = CannedTransport(answer)
        endpoints = {name: Endpoint(subgraph.url) for name, subgraph in loaded.subgraphs.items()}
        self.dispatcher = Dispatcher(self.transport, endpoints)
        self.executor = Executor(loaded, FixedPlanner(plan_from_json(plan)), self.dispatcher, ExecutorOptions())

    def prepare(self, query: str) -> Executable:
        return self.executor.prepare(query, None)

    async def run(self, query: str, variables: Mapping[str, Any] | None = None) -> Response:
        context = RequestContext(correlation_id="c-1")
        executable = self.prepare(query)
        coerced = executable.coerce(variables or {})
        return await executable.execute(coerced, context)


@pytest.fixture
def bench() -> type[Bench]:
    return Bench
