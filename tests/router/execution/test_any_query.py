"""What clients get of the executor is what the merged schema answers: values, nulls, and the order of keys."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.execution import Dispatcher, Endpoint, Executor, ExecutorOptions, RequestContext
from router.planner import Planner
from tests.router.planner.random_queries import operations
from tests.router.suites.federation import SUITES, Federation, load_federation

from .conftest import CannedTransport


def executor_of(federation: Federation) -> Executor:
    transport = CannedTransport(lambda name, body: federation.ask(name, body["query"], body.get("variables") or {}))
    endpoints = {name: Endpoint(subgraph.url) for name, subgraph in federation.supergraph.subgraphs.items()}
    planner = Planner(federation.supergraph)
    return Executor(federation.supergraph, planner, Dispatcher(transport, endpoints), ExecutorOptions())


@pytest.mark.parametrize("name", SUITES)
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
@given(data=st.data())
async def test_any_query_is_answered_as_by_the_merged_schema(name: str, data: st.DataObject) -> None:
    federation = load_federation(name)
    text = data.draw(operations(federation.supergraph.public_schema))
    executable = executor_of(federation).prepare(text, None)
    variables = executable.coerce({})

    response = await executable.execute(variables, RequestContext(correlation_id="c-1"))

    assert response.errors == []
    assert json.dumps(response.data) == json.dumps(federation.truth(text, {"yes": True, "no": False}))
