"""GraphQL over HTTP, as a client sees it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from router.config import LimitsConfig, RouterConfig, SubgraphConfig

from .clients import Answer, exchange, post
from .federation import Federation

GRAPHQL_RESPONSE = {"accept": "application/graphql-response+json"}


def code(answer: Answer) -> str:
    return str(answer.json["errors"][0]["extensions"]["code"])


async def test_a_query_over_two_subgraphs_is_answered_in_the_clients_order() -> None:
    federation = Federation()

    query = "query user($id: ID!) { user(id: $id) { rating id name kind: __typename } }"
    answer = await post(federation.app, query, variables={"id": 1})

    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.body == b'{"data":{"user":{"rating":10,"id":"1","name":"Ada","kind":"User"}}}'


async def test_a_query_answers_the_same_every_time_it_is_asked() -> None:
    federation = Federation()

    answers = [(await post(federation.app, "{ users { name rating } }")).body for _ in range(4)]

    assert set(answers) == {b'{"data":{"users":[{"name":"Ada","rating":10},{"name":"Grace","rating":20}]}}'}


async def test_a_get_runs_queries() -> None:
    federation = Federation()

    query = "query=query%20user(%24id:ID!)%7Buser(id:%24id)%7Bname%7D%7D&variables=%7B%22id%22:%222%22%7D"
    answer = await exchange(federation.app, "GET", "/graphql", query=query)

    assert (answer.status, answer.json) == (200, {"data": {"user": {"name": "Grace"}}})


async def test_a_get_never_runs_a_mutation() -> None:
    federation = Federation()

    query = "query=mutation%7Brename(id:1,input:%7Bname:%22x%22%7D)%7Bid%7D%7D"
    answer = await exchange(federation.app, "GET", "/graphql", query=query)

    assert answer.status == 405
    assert federation.accounts.queries == []


async def test_a_mutation_runs() -> None:
    federation = Federation()

    mutation = "mutation ($id: ID!, $input: RenameInput!) { rename(id: $id, input: $input) { id name } }"
    answer = await post(federation.app, mutation, variables={"id": "2", "input": {"name": "Barbara"}})

    assert answer.json == {"data": {"rename": {"id": "2", "name": "Barbara"}}}


@pytest.mark.parametrize(
    ("query", "variables", "expected"),
    [
        ("{", None, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("query user($id: ID!) { user(id: $id) { id } }", {}, "BAD_USER_INPUT"),
        ("{ _entities(representations: []) { __typename } }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("{ _service { sdl } }", None, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_a_refused_operation_has_no_data_and_its_status_by_media_type(
    query: str, variables: Any, expected: str
) -> None:
    federation = Federation()

    older = await post(federation.app, query, variables=variables)
    newer = await post(federation.app, query, GRAPHQL_RESPONSE, variables=variables)

    assert (older.status, newer.status) == (200, 400)
    assert newer.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert code(older) == code(newer) == expected
    assert "data" not in older.json
    assert federation.accounts.queries == []


async def test_a_wrong_variable_is_named_with_its_path() -> None:
    federation = Federation()

    mutation = "mutation ($id: ID!, $input: RenameInput!) { rename(id: $id, input: $input) { id } }"
    answer = await post(federation.app, mutation, variables={"id": "2", "input": {"name": 5}})

    error = answer.json["errors"][0]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "variable": "input"}
    assert "'input.name'" in error["message"]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {"content-type": "application/json"}, 400),
        (b"[]", {"content-type": "application/json"}, 400),
        (b'{"query": 5}', {"content-type": "application/json"}, 400),
        (b'{"query": "{users{id}}", "variables": []}', {"content-type": "application/json"}, 400),
        (b'{"query": "{users{id}}", "operationName": 1}', {"content-type": "application/json"}, 400),
        (b'{"query": "{users{id}}"}', {"content-type": "text/plain"}, 415),
        (b'{"query": "{users{id}}"}', {}, 415),
        (b'{"query": "{users{id}}"}', {"content-type": "application/json", "accept": "image/png"}, 406),
    ],
)
async def test_what_is_no_graphql_request_is_refused(body: bytes, headers: dict[str, str], status: int) -> None:
    federation = Federation()

    answer = await exchange(federation.app, "POST", "/graphql", headers=headers, body=body)

    assert (answer.status, code(answer)) == (status, "BAD_REQUEST")
    assert federation.accounts.queries == []


async def test_a_get_from_another_site_is_refused() -> None:
    federation = Federation()

    headers = {"sec-fetch-site": "cross-site"}
    answer = await exchange(federation.app, "GET", "/graphql", query="query=%7Busers%7Bid%7D%7D", headers=headers)

    assert answer.status == 403


async def test_a_body_over_the_limit_is_refused() -> None:
    federation = Federation(RouterConfig(limits=LimitsConfig(body_bytes=100)))

    answer = await post(federation.app, "{ users { id } }" + " " * 100)

    assert answer.status == 413


@pytest.mark.parametrize(
    ("limits", "query", "name"),
    [
        (LimitsConfig(depth=2), "{ users { id friends { id } } }", "depth"),
        (LimitsConfig(depth=2), "{ ...a } fragment a on Query { users { id x { y } } }", "depth"),
        (LimitsConfig(aliases=1), "{ a: headers b: headers }", "aliases"),
        (LimitsConfig(root_fields=1), "{ headers users { id } }", "root_fields"),
        (LimitsConfig(root_fields=3), "{ ...a ...a } fragment a on Query { headers users { id } }", "root_fields"),
        (LimitsConfig(directives=1), "{ headers @skip(if: true) @include(if: true) }", "directives"),
    ],
)
async def test_an_operation_over_a_limit_is_refused_before_it_is_validated(
    limits: LimitsConfig, query: str, name: str
) -> None:
    federation = Federation(RouterConfig(limits=limits))

    answer = await post(federation.app, query, GRAPHQL_RESPONSE)

    assert (answer.status, code(answer)) == (400, "QUERY_TOO_COMPLEX")
    assert answer.json["errors"][0]["extensions"]["limit"] == name


async def test_too_many_tokens_are_not_parsed() -> None:
    federation = Federation(RouterConfig(limits=LimitsConfig(tokens=10)))

    answer = await post(federation.app, "{ users { id id id id id id id } }")

    assert code(answer) == "GRAPHQL_PARSE_FAILED"


async def test_a_document_nested_without_end_is_refused() -> None:
    federation = Federation(RouterConfig(limits=LimitsConfig(tokens=100_000, depth=10_000)))

    answer = await post(federation.app, "{ users " * 5000 + "}" * 5000)

    assert answer.status == 200
    assert "data" not in answer.json


async def test_production_shows_neither_introspection_nor_suggestions_nor_graphiql() -> None:
    federation = Federation(RouterConfig(environment="production"))

    introspection = await post(federation.app, "{ __schema { queryType { name } } }")
    misspelt = await post(federation.app, "{ userz { id } }")
    page = await exchange(federation.app, "GET", "/graphql", headers={"accept": "text/html"})

    assert code(introspection) == "GRAPHQL_VALIDATION_FAILED"
    assert "Did you mean" not in misspelt.json["errors"][0]["message"]
    assert page.status == 400


async def test_introspection_shows_the_public_schema_only() -> None:
    federation = Federation()

    answer = await post(federation.app, "{ kind: __typename __schema { types { name } } }")

    assert answer.json["data"]["kind"] == "Query"
    names = {entry["name"] for entry in answer.json["data"]["__schema"]["types"]}
    assert {"User", "RenameInput"} <= names
    assert not [name for name in names if name.startswith(("join__", "link__", "_")) and not name.startswith("__")]


async def test_an_error_with_a_code_is_shown_and_any_other_is_redacted() -> None:
    federation = Federation()

    answer = await post(
        federation.app, 'query faults { user(id: "1") { name secret coded } }', {"x-correlation-id": "abc-1"}
    )

    assert answer.status == 200
    assert answer.json["data"] == {"user": {"name": "Ada", "secret": None, "coded": None}}
    assert answer.json["errors"] == [
        {
            "message": "Internal server error.",
            "path": ["user", "secret"],
            "extensions": {"code": "INTERNAL_SERVER_ERROR", "correlationId": "abc-1"},
        },
        {"message": "This user may not be seen.", "path": ["user", "coded"], "extensions": {"code": "FORBIDDEN"}},
    ]
    assert b"hunter2" not in answer.body


async def test_a_subgraph_that_fails_leaves_nulls_and_an_error_at_each() -> None:
    federation = Federation()
    federation.ratings.is_broken = True

    answer = await post(federation.app, "{ users { name stars: rating } }", {"x-correlation-id": "abc-2"})
    again = await post(federation.app, "{ users { name rating } }", {"x-correlation-id": "abc-2"})

    assert answer.status == 200
    assert again.json["data"] == {"users": [{"name": "Ada", "rating": None}, {"name": "Grace", "rating": None}]}
    extensions = {"code": "SUBGRAPH_UNAVAILABLE", "correlationId": "abc-2"}
    message = "Subgraph 'ratings' is unavailable."
    assert again.json["errors"] == [
        {"message": message, "path": ["users", 0, "rating"], "extensions": extensions},
        {"message": message, "path": ["users", 1, "rating"], "extensions": extensions},
    ]


async def test_a_subgraph_that_is_too_slow_is_unavailable() -> None:
    federation = Federation(RouterConfig(subgraphs={"accounts": SubgraphConfig(timeout_seconds=0.01)}))

    answer = await post(federation.app, "{ slow }")

    assert answer.json["data"] == {"slow": None}
    assert code(answer) == "SUBGRAPH_UNAVAILABLE"
    assert answer.json["errors"][0]["path"] == ["slow"]


async def test_only_listed_headers_reach_subgraphs() -> None:
    federation = Federation(RouterConfig(forward_headers=("accept-language",), proof_secret="s3cret"))

    sent = {
        "authorization": "Bearer t", "accept-language": "de", "cookie": "a=b", "x-router-proof": "forged",
        "user-agent": "tests", "x-correlation-id": "corr", "x-forwarded-for": "203.0.113.9",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }  # fmt: skip
    answer = await post(federation.app, "{ headers }", sent)

    seen = orjson.loads(answer.json["data"]["headers"])
    traceparent = seen.pop("traceparent")
    assert seen == {
        "host": "accounts:4001", "content-type": "application/json", "content-length": "21",
        "accept": "application/graphql-response+json, application/json",
        "authorization": "Bearer t", "accept-language": "de", "x-router-proof": "s3cret",
        "user-agent": "tests", "x-correlation-id": "corr", "x-forwarded-for": "192.0.2.7",
    }  # fmt: skip
    assert traceparent.startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert "b7ad6b7169203331" not in traceparent


async def test_a_correlation_id_is_made_where_none_or_a_bad_one_is_sent() -> None:
    federation = Federation()

    made = await post(federation.app, "{ users { id } }")
    kept = await post(federation.app, "{ users { id } }", {"x-correlation-id": "mine-1"})
    replaced = await post(federation.app, "{ users { id } }", {"x-correlation-id": "a b\tc"})

    assert len(made.headers["x-correlation-id"]) == 32
    assert kept.headers["x-correlation-id"] == "mine-1"
    assert len(replaced.headers["x-correlation-id"]) == 32


async def test_the_plan_is_shown_on_request() -> None:
    federation = Federation()

    answer = await post(federation.app, "{ headers }", {"x-router-query-plan": "1"})

    plan = answer.json["extensions"]["queryPlan"]
    assert plan["node"]["serviceName"] == "accounts"
    assert plan["text"].startswith("QueryPlan")


async def test_health_ready_and_metrics_answer() -> None:
    federation = Federation()

    await post(federation.app, "{ users { id } }")
    health = await exchange(federation.app, "GET", "/health")
    ready = await exchange(federation.app, "GET", "/ready")
    federation.ratings.is_broken = True
    unready = await exchange(federation.app, "GET", "/ready")
    metrics = await exchange(federation.app, "GET", "/metrics")

    assert (health.status, health.json) == (200, {"status": "up"})
    assert (ready.status, ready.json["subgraphs"]) == (200, {"accounts": "up", "ratings": "up"})
    assert (unready.status, unready.json["subgraphs"]) == (503, {"accounts": "up", "ratings": "down"})
    assert b'router_requests_total{kind="query",status="200"} 1.0' in metrics.body


async def test_another_path_is_not_found() -> None:
    federation = Federation()

    assert (await exchange(federation.app, "GET", "/elsewhere")).status == 404
    assert (await exchange(federation.app, "POST", "/health")).status == 404
