"""Clients that are slow, silent or endless, over real sockets: each has its answer, and nobody waits for them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from router.config import ConnectionsConfig, LimitsConfig, RouterConfig, SubscriptionsConfig

from .federation import Federation
from .listening import listening

HASTE = ConnectionsConfig(
    head_seconds=0.05, request_seconds=0.05, idle_seconds=1, stalled_seconds=0.05, linger_seconds=0
)
PATIENCE = ConnectionsConfig(linger_seconds=0)
HEAD = b"POST /graphql HTTP/1.1\r\nhost: router\r\ncontent-type: application/json\r\n"
GET = b"GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nhost: router\r\n\r\n"


class Client:
    """A socket that sends what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def until_closed(self) -> bytes:
        return await self.reader.read()


@asynccontextmanager
async def connected(connections: ConnectionsConfig, **settings: object) -> AsyncIterator[tuple[Client, Federation]]:
    config = RouterConfig.model_validate({"connections": connections, **settings})
    federation = Federation(config)
    async with listening(federation.app, config) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        yield Client(reader, writer), federation
        writer.close()


async def dripped(client: Client, data: Callable[[int], bytes]) -> None:
    for number in range(10_000):
        client.send(data(number))
        await asyncio.sleep(0.005)
        if client.reader.at_eof() or client.writer.is_closing():
            return


def message(answer: bytes) -> str:
    return str(json.loads(answer.partition(b"\r\n\r\n")[2])["errors"][0]["message"])


async def test_a_client_that_says_nothing_is_let_go_of_without_a_word() -> None:
    async with connected(HASTE) as (client, _):
        assert await client.until_closed() == b""


async def test_a_head_that_comes_by_drops_is_answered_408() -> None:
    async with connected(HASTE) as (client, federation):
        dripping = asyncio.create_task(dripped(client, lambda number: b"x-%d: y\r\n" % number if number else HEAD))
        answer = await client.until_closed()
        dripping.cancel()

    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"connection: close" in answer
    assert message(answer) == "The request did not arrive in time."
    assert federation.accounts.headers == []


async def test_blank_lines_instead_of_a_next_request_are_answered_408_too() -> None:
    async with connected(HASTE) as (client, _):
        client.send(GET)
        await client.reader.readuntil(b"}}")
        dripping = asyncio.create_task(dripped(client, lambda _: b"\r\n"))
        answer = await client.until_closed()
        dripping.cancel()

    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")


@pytest.mark.parametrize("rest", [b"content-length: 1000\r\n\r\n{", b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n"])
async def test_a_body_that_does_not_come_is_answered_408_and_counted_so(rest: bytes) -> None:
    async with connected(HASTE) as (client, federation):
        client.send(HEAD + rest)
        answer = await client.until_closed()
        await asyncio.sleep(0)
        metrics = federation.app.log.metrics().decode()

    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert 'router_requests_total{kind="none",status="408"} 1.0' in metrics


async def test_a_request_in_time_is_answered_however_long_it_takes_us() -> None:
    async with connected(HASTE) as (client, federation):
        released = asyncio.Event()
        going_on = asyncio.Event()

        async def wait(*_: object) -> str:
            going_on.set()
            await released.wait()
            return "done"

        federation.accounts.root.slow = wait
        body = b'{"query":"{ slow }"}'
        client.send(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)
        await going_on.wait()
        await asyncio.sleep(2.2)  # Two looks at the connection.
        released.set()
        answer = await client.reader.readuntil(b"}}")

    assert answer.endswith(b'{"data":{"slow":"done"}}')


async def test_a_head_without_end_is_answered_431() -> None:
    async with connected(PATIENCE) as (client, federation):
        client.send(HEAD + b"x: " + b"y" * 5_000_000)
        answer = await client.until_closed()

    assert answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert message(answer) == "The request's head is too long."
    assert federation.accounts.headers == []


@pytest.mark.parametrize("method", [b"GET", b"POST"])
async def test_a_head_that_is_too_long_is_answered_431_although_it_comes_at_once(method: bytes) -> None:
    short = ConnectionsConfig(head_bytes=1000, linger_seconds=0)
    body = b'{"query":"{ __typename }"}'
    line = method + b" /graphql?query=%7B__typename%7D HTTP/1.1\r\ncontent-type: application/json\r\n"
    rest = b"x: %b\r\ncontent-length: %d\r\n\r\n%b"
    async with connected(short) as (client, federation):
        client.send(line + rest % (b"y" * 1000, len(body), body))
        answer = await client.until_closed()

    assert answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert message(answer) == "The request's head is too long."
    assert federation.accounts.headers == []


async def test_a_head_is_not_too_long_for_what_comes_behind_it() -> None:
    short = ConnectionsConfig(head_bytes=300, linger_seconds=0)
    body = b'{"query":"{ __typename }"}' + b" " * 3000
    async with connected(short) as (client, _):
        for _ in range(3):
            client.send(HEAD + b"connection: keep-alive, x\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
            assert (await client.reader.readuntil(b"}}")).endswith(b'{"data":{"__typename":"Query"}}')


async def test_a_body_over_the_limit_is_answered_413_and_the_connection_lives_on() -> None:
    async with connected(PATIENCE, limits=LimitsConfig(body_bytes=100)) as (client, _):
        client.send(HEAD + b"content-length: 300000\r\n\r\n")
        answer = await client.reader.readuntil(b"}]}")
        client.send(b"x" * 300_000 + GET)
        next_answer = await client.reader.readuntil(b"}}")

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert message(answer) == "The body is over the limit of 100 bytes."
    assert next_answer.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_a_body_in_chunks_over_the_limit_is_answered_413_as_well() -> None:
    async with connected(PATIENCE, limits=LimitsConfig(body_bytes=100)) as (client, _):
        client.send(HEAD + b"transfer-encoding: chunked\r\n\r\n" + b"ff\r\n" + b"x" * 255 + b"\r\n")
        answer = await client.reader.readuntil(b"}]}")

    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_client_that_does_not_read_is_let_go_of() -> None:
    config = {"subscriptions": SubscriptionsConfig(heartbeat_seconds=0.01)}
    async with connected(HASTE, **config) as (client, federation):
        federation.accounts.root.names["1"] = "x" * 1_000_000

        async def flood(_: object) -> AsyncIterator[dict[str, object]]:
            while True:
                yield {"forever": {"id": "1", "name": "x" * 100_000}}
                await asyncio.sleep(0)

        federation.accounts.root.forever = flood
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        body = b'{"query":"subscription { forever { name } }"}'
        client.send(HEAD + b"accept: text/event-stream\r\ncontent-length: %d\r\n\r\n" % len(body) + body)

        await federation.accounts.left.wait()


async def test_what_is_not_http_is_answered_400() -> None:
    async with connected(PATIENCE) as (client, federation):
        client.send(b"\x16\x03\x01 hello\r\n\r\n")
        answer = await client.until_closed()

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Traceback" not in answer
    assert federation.accounts.headers == []


async def test_an_idle_connection_is_closed_after_its_time() -> None:
    async with connected(HASTE) as (client, _):
        client.send(GET)
        answer = await client.until_closed()

    assert answer.endswith(b'{"data":{"__typename":"Query"}}')
