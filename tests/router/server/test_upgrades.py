"""Clients that wish for another protocol than ours: they are answered as if they had not."""

from __future__ import annotations

import pytest

from router.config import RouterConfig

from .federation import Federation
from .wire import Connection, message

QUERY = b'{"query":"{ __typename }"}'
TOLD = b'{"data":{"__typename":"Query"}}'
# What java.net.http.HttpClient sends with its first request to an address that begins with http://.
H2C = {
    "Connection": "Upgrade, HTTP2-Settings",
    "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
    "Upgrade": "h2c",
    "Content-Type": "application/json",
}


def wishing(**more: str) -> bytes:
    return message("POST", "/graphql", {**H2C, **more}, QUERY)


@pytest.mark.parametrize("at", [1, 40, len(wishing()) - len(QUERY), len(wishing()) - 3, len(wishing())])
async def test_a_client_that_wishes_for_http_2_is_answered_in_http_1_wherever_its_request_is_cut(at: int) -> None:
    connection = Connection(Federation().app, RouterConfig())
    whole = wishing()

    for _ in range(2):
        connection.send(whole[:at])
        connection.send(whole[at:])
        response = await connection.response()

        assert (response.status, response.body) == (200, TOLD)


async def test_the_body_of_such_a_request_may_come_in_chunks() -> None:
    connection = Connection(Federation().app, RouterConfig())
    head = message("POST", "/graphql", {**H2C, "transfer-encoding": "chunked"}, b"").replace(
        b"content-length: 0\r\n", b""
    )

    connection.send(b"%b%x\r\n%b\r\n0\r\n\r\n" % (head, len(QUERY), QUERY))

    assert (await connection.response()).body == TOLD


async def test_a_query_in_the_address_is_answered_too_and_so_is_the_next_request() -> None:
    connection = Connection(Federation().app, RouterConfig())
    query = {name: value for name, value in H2C.items() if name != "Content-Type"}

    for headers in (query, query, {}):
        connection.send(message("GET", "/graphql?query=%7B__typename%7D", headers, b""))

        assert (await connection.response()).body == TOLD


async def test_its_wish_to_end_the_connection_is_heeded() -> None:
    connection = Connection(Federation().app, RouterConfig())

    connection.send(wishing(Connection="close, Upgrade, HTTP2-Settings"))
    response = await connection.response()

    assert (response.body, response.headers["connection"]) == (TOLD, "close")
    assert connection.wire.closing
