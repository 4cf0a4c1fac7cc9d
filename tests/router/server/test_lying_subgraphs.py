"""Subgraphs that answer rubbish, over real sockets: clients get data that fits the schema, an error, and no rubbish."""

from __future__ import annotations

import json
from typing import Any

import pytest

from router.config import RouterConfig
from router.server import create_app
from router.transport import HttpTransport
from tests.router.transport.servers import Behaviour, Seen, always, answer, serve

from .clients import Answer, post
from .federation import SUPERGRAPH

CANARY = "kanarienvogel"
USER = "{ user(id: 1) { id name } }"
RATED = "{ user(id: 1) { name rating } }"
ADA = answer(b'{"data":{"user":{"__typename":"User","id":"1","name":"Ada"}}}')


async def asked(query: str, accounts: Behaviour, ratings: Behaviour | None = None) -> Answer:
    """Ask a router whose subgraphs behave so."""
    async with serve(accounts) as (accounts_url, _), serve(ratings or accounts) as (ratings_url, _):
        subgraphs = {"accounts": {"url": accounts_url}, "ratings": {"url": ratings_url}}
        config = RouterConfig.model_validate({"subgraphs": subgraphs, "limits": {"subgraph_response_bytes": 100_000}})
        app = create_app(SUPERGRAPH, config, HttpTransport())
        try:
            return await post(app, query, {"accept": "application/graphql-response+json"})
        finally:
            await app.close()


def told(given: Answer) -> tuple[int, Any, set[str]]:
    """Status, data and codes; what the subgraph said must not be in it."""
    assert CANARY.encode() not in given.body
    assert b"Traceback" not in given.body
    return given.status, given.json["data"], {error["extensions"]["code"] for error in given.json.get("errors", ())}


NO_GRAPHQL = {
    "nothing": b"",
    "not http": b"kanarienvogel\r\n\r\n",
    "no json": answer(b"<html>kanarienvogel</html>"),
    "half a json": answer(b'{"data":{"user":{"name":"kanarienvogel"'),
    "not utf-8": answer(b'{"data":{"user":"\xff\xfe"}}'),
    "json without end": answer(b"[" * 50_000),
    "null": answer(b"null"),
    "a list": answer(b'[{"data":{}}]'),
    "a text": answer(b'"kanarienvogel"'),
    "no data": answer(b"{}"),
    "null data alone": answer(b'{"data":null}'),
    "data that is a list": answer(b'{"data":["kanarienvogel"]}'),
    "data that is a text": answer(b'{"data":"kanarienvogel"}'),
    "errors that are no list": answer(b'{"data":{"user":null},"errors":{"kanarienvogel":1}}'),
    "not a number": answer(b'{"data":{"user":NaN}}'),
    "a redirect": b"HTTP/1.1 302 Found\r\nlocation: http://kanarienvogel/\r\ncontent-length: 0\r\n\r\n",
    "an error page": b"HTTP/1.1 500 Oops\r\ncontent-length: 13\r\n\r\nkanarienvogel",
    "fewer bytes than promised": b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\nconnection: close\r\n\r\n{",
    "broken chunks": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nkanarienvogel\r\n",
    "more than is taken": answer(b'{"data":"' + b"x" * 200_000 + b'"}'),
}


@pytest.mark.parametrize("said", NO_GRAPHQL.values(), ids=NO_GRAPHQL)
async def test_what_is_no_graphql_makes_a_subgraph_unavailable(said: bytes) -> None:
    async def behave(_: Seen, writer: Any) -> bool:
        writer.write(said)
        return bool(said) and b"connection: close" not in said

    assert told(await asked(USER, behave)) == (200, {"user": None}, {"SUBGRAPH_UNAVAILABLE"})


NOT_THE_SCHEMA = {
    "a text for an object": '{"data":{"user":"kanarienvogel"}}',
    "a list for an object": '{"data":{"user":["kanarienvogel"]}}',
    "null where none may be": '{"data":{"user":{"id":"1","name":null}}}',
    "a field left out": '{"data":{"user":{"id":"1"}}}',
}


@pytest.mark.parametrize("said", NOT_THE_SCHEMA.values(), ids=NOT_THE_SCHEMA)
async def test_what_does_not_fit_the_schema_is_null_with_an_error(said: str) -> None:
    given = told(await asked(USER, always(answer(said.encode()))))

    assert given == (200, {"user": None}, {"INTERNAL_SERVER_ERROR"})


async def test_a_nullable_field_that_is_left_out_is_null() -> None:
    assert told(await asked(USER, always(answer(b'{"data":{"kanarienvogel":1}}')))) == (200, {"user": None}, set())


async def test_a_scalar_is_passed_on_as_it_was_told() -> None:
    """What is in a leaf is the subgraph's word: the router looks at shapes only."""
    said = answer(b'{"data":{"_entities":[{"rating":"five"}]}}')

    assert told(await asked(RATED, always(ADA), always(said))) == (
        200,
        {"user": {"name": "Ada", "rating": "five"}},
        set(),
    )


async def test_what_was_not_asked_for_is_not_passed_on() -> None:
    more = {"id": "1", "name": "Ada", "secret": CANARY, "__proto__": CANARY}
    body = json.dumps({"data": {"user": more, "_service": CANARY}, "extensions": {"debug": CANARY}}).encode()

    assert told(await asked(USER, always(answer(body)))) == (200, {"user": {"id": "1", "name": "Ada"}}, set())


ENTITIES = {
    "too few": '{"data":{"_entities":[]}}',
    "no list": '{"data":{"_entities":"kanarienvogel"}}',
    "null": '{"data":{"_entities":null}}',
    "no entities": '{"data":{"kanarienvogel":1}}',
}


@pytest.mark.parametrize("said", ENTITIES.values(), ids=ENTITIES)
async def test_entities_that_are_none_are_null_with_an_error_and_leave_the_rest_alone(said: str) -> None:
    given = await asked(RATED, always(ADA), always(answer(said.encode())))

    assert told(given) == (200, {"user": {"name": "Ada", "rating": None}}, {"INTERNAL_SERVER_ERROR"})
    assert [error["path"] for error in given.json["errors"]] == [["user", "rating"]]


async def test_of_too_many_entities_those_that_were_asked_for_are_taken_and_an_error_is_told() -> None:
    said = answer(b'{"data":{"_entities":[{"rating":5},{"rating":"kanarienvogel"}]}}')

    given = await asked(RATED, always(ADA), always(said))

    assert told(given) == (200, {"user": {"name": "Ada", "rating": 5}}, {"INTERNAL_SERVER_ERROR"})


UNKNOWN = {
    "null": '{"data":{"_entities":[null]}}',
    "no object": '{"data":{"_entities":["kanarienvogel"]}}',
    "a list in the list": '{"data":{"_entities":[["kanarienvogel"]]}}',
}


@pytest.mark.parametrize("said", UNKNOWN.values(), ids=UNKNOWN)
async def test_an_entity_that_a_subgraph_does_not_know_is_null_without_an_error(said: str) -> None:
    given = told(await asked(RATED, always(ADA), always(answer(said.encode()))))

    assert given == (200, {"user": {"name": "Ada", "rating": None}}, set())


ERRORS = {
    "a text": '"kanarienvogel"',
    "null": "null",
    "no message": "{}",
    "a message that is none": '{"message":["kanarienvogel"]}',
    "a message that is none, with a code": '{"message":["kanarienvogel"],"extensions":{"code":"FORBIDDEN"}}',
    "no code": '{"message":"kanarienvogel","path":["user"]}',
    "a code that is none": '{"message":"kanarienvogel","path":["user"],"extensions":{"code":{"kanarienvogel":1}}}',
    "a path that is none": '{"message":"kanarienvogel","path":"user"}',
    "a path to nowhere": '{"message":"kanarienvogel","path":["kanarienvogel",7,{}]}',
    "extensions that are none": '{"message":"kanarienvogel","extensions":"kanarienvogel"}',
}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
async def test_errors_that_are_none_are_told_without_what_they_say(error: str) -> None:
    said = answer(f'{{"data":{{"user":null}},"errors":[{error}]}}'.encode())

    given = await asked(USER, always(said))

    assert told(given) == (200, {"user": None}, {"INTERNAL_SERVER_ERROR"})
    assert {one["message"] for one in given.json["errors"]} == {"Internal server error."}


async def test_an_error_is_told_each_time_and_not_only_the_first() -> None:
    """From the second time on the answer is made by code that was written for what is well."""
    error = {"message": "No.", "path": ["user"], "extensions": {"code": "FORBIDDEN"}}
    said = answer(json.dumps({"data": {"user": None}, "errors": [error]}).encode())
    async with serve(always(said)) as (url, _):
        config = RouterConfig.model_validate({"subgraphs": {"accounts": {"url": url}}})
        app = create_app(SUPERGRAPH, config, HttpTransport())
        answers = [(await post(app, USER)).json for _ in range(4)]
        await app.close()

    assert answers == [{"data": {"user": None}, "errors": [error]}] * 4


async def test_a_code_that_is_no_name_becomes_no_label_of_a_counter() -> None:
    error = {"message": "No.", "path": ["user"], "extensions": {"code": "kanarienvogel says"}}
    said = answer(json.dumps({"data": {"user": None}, "errors": [error]}).encode())
    async with serve(always(said)) as (url, _):
        subgraphs = {"accounts": {"url": url}}
        app = create_app(SUPERGRAPH, RouterConfig.model_validate({"subgraphs": subgraphs}), HttpTransport())
        await post(app, USER)
        counted = app.log.metrics().decode()
        await app.close()

    assert 'router_errors_total{code="OTHER"} 1.0' in counted
    assert CANARY not in counted
