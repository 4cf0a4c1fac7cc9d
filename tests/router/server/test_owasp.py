"""The OWASP cheat sheet for GraphQL, item by item, as far as a router can hold to it: each is refused, or does no harm.

https://cheatsheetseries.owasp.org/cheatsheets/GraphQL_Cheat_Sheet.html. Injection into stores, and who may see which
object, are the subgraphs' part; what the router adds is that values only ever travel as values.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from graphql import parse

from router.config import LimitsConfig, RateConfig, RouterConfig, SubgraphConfig
from router.server import create_app
from router.transport import InProcessTransport

from .clients import Answer, WebSocketClient, exchange, post
from .federation import Federation
from .issuer import AUTH, Issuer

OURS = (Path(__file__).parents[3] / "supergraph.graphql").read_text()
PRODUCTION = RouterConfig(environment="production")
NASTY = '1") { secret } } #\u2028\\"\'; DROP TABLE users; --\x00'


def refusal(answer: Answer) -> tuple[str, Any]:
    """The code, and the limit if there is one; nothing was run."""
    assert "data" not in answer.json
    extensions = answer.json["errors"][0]["extensions"]
    return extensions["code"], extensions.get("limit")


# Input validation.


@pytest.mark.parametrize(
    "variables",
    [
        {"id": ["1"], "input": {"name": "x"}},
        {"id": {"$ne": None}, "input": {"name": "x"}},
        {"id": True, "input": {"name": "x"}},
        {"id": "1", "input": {"name": {"$gt": ""}}},
        {"id": "1", "input": {"name": "x", "isAdmin": True}},
        {"id": "1", "input": [{"name": "x"}, {"name": "y"}]},
        {"id": "1"},
    ],
)
async def test_a_variable_of_another_type_or_shape_is_refused_before_any_subgraph_is_called(variables: Any) -> None:
    federation = Federation()

    query = "mutation ($id: ID!, $input: RenameInput!) { rename(id: $id, input: $input) { id } }"
    answer = await post(federation.app, query, variables=variables)

    assert refusal(answer) == ("BAD_USER_INPUT", None)
    assert federation.accounts.queries == []


# Injection.


async def test_what_clients_send_as_values_reaches_subgraphs_as_values() -> None:
    federation = Federation()

    query = "query user($id: ID!) { user(id: $id) { name } }"
    harmless = await post(federation.app, query, variables={"id": "1"})
    nasty = await post(federation.app, query, variables={"id": NASTY})

    assert harmless.json == {"data": {"user": {"name": "Ada"}}}
    assert nasty.json == {"data": {"user": None}}
    assert len(set(federation.accounts.queries)) == 1


async def test_a_literal_stays_one_literal_on_its_way_to_a_subgraph() -> None:
    app, asked = our_app()

    await post(app, f"{{ doctor(id: {orjson.dumps(NASTY.replace(chr(0), '')).decode()}) {{ id }} }}")

    (field,) = parse(asked[0]["query"]).definitions[0].selection_set.selections  # type: ignore[attr-defined]
    assert field.arguments[0].value.value == NASTY.replace("\x00", "")


@pytest.mark.parametrize("name", ["x-correlation-id", "traceparent", "accept-language", "user-agent", "authorization"])
async def test_a_header_cannot_carry_another_one_to_a_subgraph(name: str) -> None:
    federation = Federation()

    async with WebSocketClient(federation.app) as client:
        await client.initialise({name: "x\r\nx-admin: 1"})
        client.subscribe("1", "{ users { id } }")
        await client.hear()

    assert not any("x-admin" in f"{key}{value}" for seen in federation.accounts.headers for key, value in seen.items())


# Denial of service.


def our_app(config: RouterConfig | None = None) -> tuple[Any, list[Any]]:
    """Our supergraph over one subgraph that notes what it is asked and answers nothing."""
    asked: list[Any] = []

    async def nobody(_scope: Any, receive: Any, send: Any) -> None:
        asked.append(orjson.loads((await receive())["body"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"data":{}}'})

    hosts = ("security", "users", "doctors", "appointments", "payments", "ratings", "notifications")
    transport = InProcessTransport(dict.fromkeys(hosts, nobody))
    return create_app(OURS, config or RouterConfig(), transport), asked


DOCTORS = "doctors(first: 2) { edges { node { %s } } }"
FLOODS = {
    "nested": ("{ " + DOCTORS % ("nextAvailableSlot { doctor { " * 14 + "id" + " } }" * 14) + " }", "depth"),
    "aliases": ("{ " + DOCTORS % " ".join(f"a{n}: id" for n in range(101)) + " }", "aliases"),
    "a brute force in one request": ("mutation { " + " ".join(f"a{n}: x" for n in range(51)) + " }", "root_fields"),
    "directives": ("{ __typename " + "@skip(if: false) " * 101 + "}", "directives"),
    "directives of the operation": ("query " + "@a " * 101 + "{ __typename }", "directives"),
    "directives of variables": ("query ($a: Int " + "@a " * 101 + ") { __typename }", "directives"),
    "directives of fragments": ("{ ...A } fragment A on Query " + "@a " * 101 + "{ __typename }", "directives"),
    "repeated fields": ("{ " + DOCTORS % ("lastName " * 1000) + " }", "field_pairs"),
    "repeated objects": ("{ " + DOCTORS % ("consultationFee { amount } " * 500) + " }", "field_pairs"),
    "repeated inline fragments": ("{ " + DOCTORS % ("... on Doctor { lastName } " * 1000) + " }", "field_pairs"),
    "repeated named fragments": (
        "{ " + DOCTORS % " ".join(f"...A{n}" for n in range(500)) + " }"
        + "".join(f" fragment A{n} on Doctor {{ lastName }}" for n in range(500)),
        "field_pairs",
    ),
    "repeated in a fragment that nobody spreads": (
        "{ __typename } fragment A on Doctor { " + "lastName " * 1000 + " }", "field_pairs",
    ),
    "fragments that double": (
        "{ ...A0 }"
        + "".join(f" fragment A{n} on Query {{ a {{ ...A{n + 1} }} b {{ ...A{n + 1} }} }}" for n in range(20))
        + " fragment A20 on Query { id }",
        "height",
    ),
    "fragments that double in one place": (
        "{ doctors(first: 2) { ...A0 } }"
        + "".join(f" fragment A{n} on DoctorConnection {{ ...A{n + 1} ... {{ ...A{n + 1} }} }}" for n in range(20))
        + " fragment A20 on DoctorConnection { totalCount }",
        "height",
    ),
    "the schema again and again": ("{ " + " ".join(f"a{n}: __schema {{ types {{ name }} }}" for n in range(3)) + " }",
                                   "introspection"),
    "a long document": ("{ __typename } #" + "x" * 100_000, "document_characters"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "limit"), FLOODS.values(), ids=FLOODS)
async def test_an_operation_that_would_take_too_much_is_refused_by_the_defaults(text: str, limit: str) -> None:
    app, asked = our_app()

    answer = await post(app, text)

    assert refusal(answer) == ("QUERY_TOO_COMPLEX", limit)
    assert asked == []


async def test_fragments_that_double_are_refused_without_a_limit_of_height_too() -> None:
    app, asked = our_app(RouterConfig(limits=LimitsConfig(height=None)))

    answer = await post(app, FLOODS["fragments that double"][0])

    assert (refusal(answer), asked) == (("QUERY_TOO_COMPLEX", "field_pairs"), [])


async def test_the_schema_is_told_twice_and_fields_may_be_repeated_as_generated_clients_do() -> None:
    app, _ = our_app()

    twice = await post(app, "{ a: __schema { queryType { name } } b: __schema { queryType { name } } }")
    repeated = await post(app, "{ " + DOCTORS % "...A ...B ...C id id" + " }" + "".join(
        f" fragment {name} on Doctor {{ id lastName consultationFee {{ amount }} }}" for name in "ABC"
    ))  # fmt: skip

    assert "errors" not in twice.json
    assert repeated.json == {"data": {"doctors": None}}


@pytest.mark.parametrize(
    "text",
    [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "{ users { ...A } } fragment A on User { name ...A }",
    ],
)
async def test_fragments_in_a_circle_are_refused(text: str) -> None:
    federation = Federation()

    assert refusal(await post(federation.app, text))[0] == "GRAPHQL_VALIDATION_FAILED"
    assert federation.accounts.queries == []


async def test_arrays_of_operations_are_not_taken_by_any_door() -> None:
    federation = Federation()
    batch = b'[{"query":"{ users { id } }"},{"query":"{ users { id } }"}]'

    posted = await exchange(
        federation.app, "POST", "/graphql", headers={"content-type": "application/json"}, body=batch
    )
    async with WebSocketClient(federation.app) as client:
        await client.initialise()
        client.say('{"type":"subscribe","id":"1","payload":' + batch.decode() + "}")
        heard = await client.hear()

    assert (posted.status, refusal(posted)[0]) == (400, "BAD_REQUEST")
    assert (heard["type"], heard["payload"][0]["extensions"]["code"]) == ("error", "BAD_REQUEST")
    assert federation.accounts.queries == []


async def test_lists_cost_what_they_may_hold() -> None:
    app, asked = our_app(RouterConfig(limits=LimitsConfig(cost=30)))

    count = await post(app, "{ doctors { totalCount } }")
    lists = await post(app, "{ " + DOCTORS % "nextAvailableSlot { startsAt }" + " }")

    assert count.json["extensions"]["cost"] == {"estimated": 1, "maximum": 30}
    assert refusal(lists) == ("QUERY_TOO_COMPLEX", "cost")
    assert len(asked) == 1


async def test_a_slow_subgraph_holds_nobody_for_ever_and_a_fast_caller_is_slowed_down() -> None:
    limits = LimitsConfig(rate=RateConfig(per_second=1, burst=1))
    subgraphs = {"accounts": SubgraphConfig(timeout_seconds=0.01)}
    federation = Federation(RouterConfig(limits=limits, subgraphs=subgraphs), clock=lambda: 0.0)

    slow = await post(federation.app, "{ slow }")
    fast = await post(federation.app, "{ slow }")

    assert slow.json["errors"][0]["extensions"]["code"] == "SUBGRAPH_UNAVAILABLE"
    assert (fast.status, refusal(fast)[0]) == (429, "RATE_LIMITED")


async def test_what_is_remembered_of_operations_is_bounded_by_its_size_too() -> None:
    app, _ = our_app(RouterConfig(access_log=False))
    executor = app._http._service._executor
    padding = "#" * 99_000

    for number in range(30):
        await post(app, f"{{ __typename }} # {number} {padding}")

    assert len(executor._prepared) == 20


# Access control.


@pytest.mark.parametrize(
    "field", ["_entities(representations: []) { __typename }", "_service { sdl }", "node(id: 1) { id }"]
)
async def test_the_doors_of_subgraphs_are_not_the_routers(field: str) -> None:
    federation = Federation()

    assert refusal(await post(federation.app, f"{{ {field} }}"))[0] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("authorization", ["Bearer forged", "Bearer ", "Basic YTpi", "Bearer a.b.c", "bearer null"])
async def test_a_bad_token_is_worse_than_none(authorization: str) -> None:
    federation = Federation(RouterConfig(auth=AUTH), security=Issuer())

    answer = await post(federation.app, "{ users { id } }", {"authorization": authorization})

    assert (answer.status, refusal(answer)[0]) == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert federation.accounts.queries == []


async def test_a_caller_cannot_claim_to_be_the_router_or_somebody_else() -> None:
    federation = Federation(RouterConfig(proof_secret="s3cret"))

    claims = {"x-router-proof": "s3cret?", "x-forwarded-for": "203.0.113.1", "x-user-id": "1", "cookie": "session=1"}
    await post(federation.app, "{ users { id } }", claims)

    (seen,) = federation.accounts.headers
    assert (seen["x-router-proof"], seen["x-forwarded-for"]) == ("s3cret", "192.0.2.7")
    assert not {"x-user-id", "cookie"} & set(seen)


@pytest.mark.parametrize(
    ("header", "seen"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 192.0.2.8", "203.0.113.9"),
        ("192.0.2.9, 192.0.2.8", "192.0.2.9"),
        ("<script>, 192.0.2.8", "192.0.2.8"),
        ("", "192.0.2.7"),
    ],
)
async def test_who_is_behind_a_trusted_proxy_is_whom_it_took_the_request_from(header: str, seen: str) -> None:
    federation = Federation(RouterConfig.model_validate({"trusted_proxies": ["192.0.2.0/24"]}))

    await post(federation.app, "{ users { id } }", {"x-forwarded-for": header})

    assert federation.accounts.headers[0]["x-forwarded-for"] == seen


async def test_a_client_that_is_no_trusted_proxy_cannot_choose_its_address() -> None:
    federation = Federation(RouterConfig.model_validate({"trusted_proxies": ["10.0.0.0/8"]}))

    await post(federation.app, "{ users { id } }", {"x-forwarded-for": "203.0.113.9"})

    assert federation.accounts.headers[0]["x-forwarded-for"] == "192.0.2.7"


# Introspection, suggestions, GraphiQL: off in production.


PROBES = {
    "plain": "{ __schema { types { name } } }",
    "a type": '{ __type(name: "User") { fields { name } } }',
    "an alias": "{ typename: __schema { types { name } } }",
    "a fragment": "{ ...A } fragment A on Query { __schema { types { name } } }",
    "an inline fragment": "{ ... on Query { ... { __schema { types { name } } } } }",
    "another operation": "query A { users { id } } query B { __schema { types { name } } }",
    "a condition": "{ __schema @skip(if: false) { types { name } } }",
    "a line break": "{ __schema\n { types { name } } }",
    "a subscription": "subscription { __schema { types { name } } }",
}


@pytest.mark.parametrize("text", PROBES.values(), ids=PROBES)
async def test_introspection_is_off_in_production_however_it_is_written(text: str) -> None:
    federation = Federation(PRODUCTION)

    posted = await post(federation.app, text, operationName="A" if "query A" in text else None)
    got = await exchange(federation.app, "GET", "/graphql", query=f"query={quote(text)}")
    streamed = await post(federation.app, text, {"accept": "text/event-stream"})
    async with WebSocketClient(federation.app) as client:
        await client.initialise()
        client.subscribe("1", text)
        heard = await client.hear()

    assert refusal(posted)[0] == "GRAPHQL_VALIDATION_FAILED"
    assert "data" not in got.json
    assert b'"types"' not in streamed.body
    assert heard["type"] == "error"
    assert federation.accounts.queries == []


async def test_typenames_are_told_in_production() -> None:
    assert (await post(Federation(PRODUCTION).app, "{ __typename }")).json == {"data": {"__typename": "Query"}}


async def test_production_suggests_nothing_shows_no_plan_and_has_no_page() -> None:
    federation = Federation(PRODUCTION)

    answers = [
        await post(federation.app, "{ user { nam } }"),
        await post(federation.app, "query ($i: RenameInpu) { users { id } }"),
        await post(federation.app, "{ users { id } }", {"x-router-query-plan": "1"}),
        await post(federation.app, "{ users { id } }", {"apollo-query-plan-experimental": "1"}),
        await exchange(federation.app, "GET", "/graphql", headers={"accept": "text/html"}),
        await exchange(federation.app, "GET", "/graphiql/assets/graphiql.min.js"),
    ]

    assert not any(b"Did you mean" in answer.body or b"queryPlan" in answer.body for answer in answers)
    assert answers[-1].status == 404
    assert not any(b"<html" in answer.body for answer in answers)


# Errors that tell too much.


async def test_a_crash_in_the_router_is_told_by_its_correlation_id_alone() -> None:
    federation = Federation()
    federation.app._http._service._executor.dispatcher.transport = None  # type: ignore[assignment]

    answer = await post(federation.app, "{ users { id } }", {"x-correlation-id": "abc"})

    extensions = {"code": "INTERNAL_SERVER_ERROR", "correlationId": "abc"}
    assert answer.json["errors"] == [{"message": "Internal server error.", "extensions": extensions}]
    assert b"NoneType" not in answer.body


async def test_a_message_that_quotes_the_client_does_not_do_so_at_any_length() -> None:
    answer = await post(Federation().app, "{ " + "x" * 50_000 + " }")

    assert len(answer.body) < 1500


async def test_an_answer_is_not_kept_by_caches_nor_guessed_at_by_browsers() -> None:
    answer = await post(Federation().app, "{ users { id } }")
    kept = await post(Federation(RouterConfig(cache_control="public, max-age=5")).app, "{ users { id } }")
    unsaid = await post(Federation(RouterConfig(cache_control=None)).app, "{ users { id } }")

    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert kept.headers["cache-control"] == "public, max-age=5"
    assert "cache-control" not in unsaid.headers


# Timing of what is costly before a token is verified: a caller without a good one gets no further than that.


async def test_a_bad_token_is_found_out_before_the_operation_is_read() -> None:
    federation = Federation(RouterConfig(auth=AUTH), clock=time.time, security=Issuer())

    answer = await post(federation.app, "{ this is not GraphQL", {"authorization": "Bearer forged"})
    await asyncio.sleep(0)

    assert (answer.status, refusal(answer)[0]) == (401, "UNAUTHENTICATED")
