"""Root fields for objects deeper in the response: asked once, given to each, and what becomes of failures."""

from __future__ import annotations

from typing import Any

import pytest

from router.composition import SubgraphSource, compose
from router.errors import TransportError
from router.execution import Dispatcher, Endpoint, Executor, ExecutorOptions, RequestContext, Response
from router.planner import Planner
from router.supergraph import load_supergraph

from .conftest import Answer, CannedTransport

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])\n'
PLACES = "type Query { here: Query places: [Place] } type Place { query: Query! } type Mutation { go: Place }"
NEWS = "type Query { news: News must: Int! } type News { text: String! }"
TWO = {"data": {"places": [{"query": {"__typename": "Query"}}, None, {"query": {"__typename": "Query"}}]}}


async def run(query: str, answer: Answer) -> tuple[Response, CannedTransport]:
    sources = [
        SubgraphSource("places", "http://places", LINK + PLACES),
        SubgraphSource("news", "http://news", LINK + NEWS),
    ]
    supergraph = load_supergraph(compose(sources))
    transport = CannedTransport(answer)
    endpoints = {name: Endpoint(subgraph.url) for name, subgraph in supergraph.subgraphs.items()}
    executor = Executor(supergraph, Planner(supergraph), Dispatcher(transport, endpoints), ExecutorOptions())
    executable = executor.prepare(query, None)
    return await executable.execute(executable.coerce({}), RequestContext(correlation_id="c-1")), transport


def answering(places: Any, news: Any) -> Answer:
    return lambda subgraph, _: places if subgraph == "places" else news


async def test_all_objects_at_a_path_get_what_was_asked_for_once() -> None:
    news = {"data": {"news": {"text": "none"}}}

    response, transport = await run("{ places { query { news { text } } } }", answering(TWO, news))

    place = {"query": {"news": {"text": "none"}}}
    assert response.data == {"places": [place, None, place]}
    assert response.errors == []
    assert [(subgraph, body["query"]) for subgraph, body in transport.asked][1:] == [("news", "{news{text}}")]


async def test_where_there_is_no_object_nothing_is_asked() -> None:
    response, transport = await run("{ here { news { text } } }", answering({"data": {"here": None}}, None))

    assert response.data == {"here": None}
    assert len(transport.asked) == 1


async def test_after_a_mutation_a_query_is_asked_and_not_the_mutation_again() -> None:
    gone = {"data": {"go": {"query": {"__typename": "Query"}}}}

    response, transport = await run("mutation { go { query { must } } }", answering(gone, {"data": {"must": 5}}))

    assert response.data == {"go": {"query": {"must": 5}}}
    assert [body["query"].partition("{")[0].strip() for _, body in transport.asked] == ["mutation", ""]
    assert [request.retryable for request in transport.sent] == [False, True]


async def test_an_error_is_told_at_each_place() -> None:
    error = {"message": "No.", "path": ["news", "text"], "extensions": {"code": "NOT_NOW"}}

    response, _ = await run(
        "{ places { query { news { text } } } }", answering(TWO, {"data": {"news": None}, "errors": [error]})
    )

    assert response.data == {"places": [{"query": {"news": None}}, None, {"query": {"news": None}}]}
    assert [one["path"] for one in response.errors] == [
        ["places", 0, "query", "news", "text"],
        ["places", 2, "query", "news", "text"],
    ]


@pytest.mark.parametrize(
    ("news", "code"),
    [
        (TransportError("is away"), "SUBGRAPH_UNAVAILABLE"),
        ({"data": None, "errors": [{"message": "secret"}]}, "INTERNAL_SERVER_ERROR"),
    ],
)
async def test_a_subgraph_that_fails_costs_its_own_fields(news: Any, code: str) -> None:
    response, _ = await run("{ places { query { news { text } } } here { must } }", answering(
        {"data": {**TWO["data"], "here": {"__typename": "Query"}}}, news
    ))  # fmt: skip

    assert response.data == {"places": [{"query": {"news": None}}, None, {"query": {"news": None}}], "here": None}
    assert {(tuple(one["path"]), one["extensions"]["code"]) for one in response.errors} == {
        (("places", 0, "query", "news"), code),
        (("places", 2, "query", "news"), code),
        (("here", "must"), code),
    }


async def test_the_schema_may_be_asked_for_there_as_well() -> None:
    here = {"data": {"here": {"__typename": "Query"}}}

    inner = '{ a: __schema { queryType { name } } b: __type(name: "News") { name } }'
    response, transport = await run(f'{{ here {inner} c: __type(name: "No") {{ name }} }}', answering(here, None))

    assert response.data == {"here": {"a": {"queryType": {"name": "Query"}}, "b": {"name": "News"}}, "c": None}
    assert response.errors == []
    assert len(transport.asked) == 1
