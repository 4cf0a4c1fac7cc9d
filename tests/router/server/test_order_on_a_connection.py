"""What must not be answered the quick way: out of turn, by another method, in another version, after a refusal."""

from __future__ import annotations

import asyncio

import pytest

from router.config import ConnectionsConfig, RouterConfig

from .federation import Federation
from .wire import Connection, message

JSON = {"content-type": "application/json"}
ASK = b'{"query":"{ __typename }"}'
TOLD = b'{"data":{"__typename":"Query"}}'


async def test_a_whole_request_that_comes_while_another_is_under_way_waits_for_its_turn() -> None:
    federation, released = Federation(), asyncio.Event()

    async def wait(*_: object) -> str:
        await released.wait()
        return "done"

    federation.accounts.root.slow = wait
    connection = Connection(federation.app, RouterConfig())
    connection.send(message("POST", "/graphql", JSON, b'{"query":"{ slow }"}'))
    await asyncio.sleep(0)
    connection.send(message("POST", "/graphql", JSON, ASK))
    await asyncio.sleep(0.02)
    assert connection.wire.written == b""
    released.set()

    written = b""
    while TOLD not in written:
        written = await connection.sent(len(written))
    assert written.index(b'{"data":{"slow":"done"}}') < written.index(TOLD)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_the_body_of_another_method_is_not_run(method: str) -> None:
    federation = Federation()
    connection = Connection(federation.app, RouterConfig())

    connection.send(message(method, "/graphql", JSON, b'{"query":"{ users { name } }"}'))
    response = await connection.response()

    assert (response.status, response.headers["allow"]) == (405, "GET, POST")
    assert federation.accounts.queries == []


@pytest.mark.parametrize("wish", [{}, {"connection": "keep-alive"}])
async def test_http_1_0_is_answered_and_its_connection_closed(wish: dict[str, str]) -> None:
    connection = Connection(Federation().app, RouterConfig())

    connection.send(message("POST", "/graphql", {**JSON, **wish}, ASK).replace(b"HTTP/1.1", b"HTTP/1.0"))
    response = await connection.response()

    assert (response.body, response.headers["connection"]) == (TOLD, "close")
    assert connection.wire.closing


async def test_after_a_refusal_nothing_more_is_answered() -> None:
    config = RouterConfig(connections=ConnectionsConfig(head_bytes=500))
    connection = Connection(Federation(config).app, config)

    connection.send(message("POST", "/graphql", {**JSON, "x": "y" * 500}, ASK))
    refused = connection.wire.written
    connection.send(message("POST", "/graphql", JSON, ASK))
    await asyncio.sleep(0.01)

    assert refused.startswith(b"HTTP/1.1 431 ")
    assert connection.wire.written == refused


async def test_a_tunnel_is_not_dug() -> None:
    connection = Connection(Federation().app, RouterConfig())

    connection.send(b"CONNECT router:4000 HTTP/1.1\r\nhost: router:4000\r\n\r\n")

    assert connection.wire.written.startswith(b"HTTP/1.1 400 ")
    assert connection.wire.closing
