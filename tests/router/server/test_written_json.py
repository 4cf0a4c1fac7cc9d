"""Answers that are nested more deeply than orjson writes: whoever asks, by whichever way, is answered."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.config import RouterConfig
from router.server.asgi import Receive, Scope, Send, respond
from router.server.written_json import write_json

from .clients import WebSocketClient, exchange
from .federation import Federation
from .wire import Connection, message

DEEP = b'[{"a":' * 200 + b"null" + b"}]" * 200
QUERY = b'{"query":"{ slow }"}'
JSON = {"content-type": "application/json"}
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


async def deep(_: Scope, __: Receive, send: Send) -> None:
    await respond(send, 200, b"application/json", b'{"data":{"slow":%b}}' % DEEP)


@given(VALUES)
def test_what_is_written_deeply_is_what_orjson_writes(value: Any) -> None:
    nested: Any = value
    for level in range(300):
        nested = [nested] if level % 2 else {"in": nested}

    written = write_json(nested)

    inner = orjson.dumps(value)
    assert written == b'[{"in":' * 150 + inner + b"}]" * 150


async def test_a_post_is_answered_without_asgi() -> None:
    connection = Connection(Federation(accounts=deep).app, RouterConfig())
    connection.send(message("POST", "/graphql", JSON, QUERY))

    assert (await connection.response()).body == b'{"data":{"slow":%b}}' % DEEP


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream", "application/graphql-response+json"])
async def test_a_post_is_answered_by_asgi(accept: str) -> None:
    app = Federation(accounts=deep).app

    answer = await exchange(app, "POST", "/graphql", headers={**JSON, "accept": accept}, body=QUERY)

    assert b'{"data":{"slow":%b}}' % DEEP in answer.body


async def test_a_query_over_a_websocket_is_answered() -> None:
    async with WebSocketClient(Federation(accounts=deep).app) as client:
        await client.initialise()
        client.subscribe("q", "{ slow }")
        heard = await asyncio.wait_for(client.hear(), 5)

    assert heard["type"] == "next"
    assert json.dumps(heard["payload"]["data"]["slow"], separators=(",", ":")).encode() == DEEP
