"""Subscriptions to subgraphs: by WebSocket and by server-sent events over the network, by WebSocket in process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import orjson
import pytest
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.typing import Subprotocol

from router.errors import TransportError
from router.transport import HttpSettings, HttpTransport, InProcessTransport, SubgraphRequest, closable

from .servers import Behaviour, Seen, serve

BODY = b'{"query":"subscription { a }"}'


def request(url: str, *, timeout: float = 5) -> SubgraphRequest:
    return SubgraphRequest("a", url, BODY, (("authorization", "Bearer t"),), timeout)


@asynccontextmanager
async def websocket_server(*messages: Any, close_code: int = 1000) -> AsyncIterator[tuple[str, list[Any]]]:
    heard: list[Any] = []

    async def connected(connection: ServerConnection) -> None:
        assert connection.request is not None
        heard.append(connection.request.headers.get("authorization"))
        heard.append(orjson.loads(await connection.recv()))
        if not messages:
            await connection.wait_closed()
            return
        await connection.send('{"type":"connection_ack"}')
        heard.append(orjson.loads(await connection.recv()))
        for message in messages:
            await connection.send(message if isinstance(message, str) else orjson.dumps(message).decode())
            if message == {"type": "ping"}:
                heard.append(orjson.loads(await connection.recv()))
        await connection.close(close_code)

    server = await serve_websockets(connected, "127.0.0.1", 0, subprotocols=[Subprotocol("graphql-transport-ws")])
    port = next(iter(server.sockets)).getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/graphql", heard
    finally:
        server.close()
        await server.wait_closed()


async def collect(transport: HttpTransport | InProcessTransport, sent: SubgraphRequest) -> list[dict[str, Any]]:
    async with aclosing(closable(transport.subscribe(sent))) as events:
        return [event async for event in events]


async def test_a_websocket_carries_token_subscription_events_and_pings() -> None:
    events = [{"type": "next", "id": "1", "payload": {"data": {"a": n}}} for n in (1, 2)]
    async with websocket_server(events[0], {"type": "ping"}, events[1], {"type": "complete", "id": "1"}) as (
        url,
        heard,
    ):
        received = await collect(HttpTransport(), request(url))

    assert received == [{"data": {"a": 1}}, {"data": {"a": 2}}]
    assert heard == [
        "Bearer t",
        {"type": "connection_init", "payload": {"authorization": "Bearer t"}},
        {"type": "subscribe", "id": "1", "payload": {"query": "subscription { a }"}},
        {"type": "pong"},
    ]


async def test_an_error_message_is_the_last_result() -> None:
    async with websocket_server({"type": "error", "id": "1", "payload": [{"message": "no"}]}) as (url, _):
        assert await collect(HttpTransport(), request(url)) == [{"errors": [{"message": "no"}]}]


@pytest.mark.parametrize("message", ["{", "[]", {"type": "next", "id": "1", "payload": 5}])
async def test_a_websocket_that_does_not_speak_the_protocol_is_a_fault(message: Any) -> None:
    async with websocket_server(message) as (url, _):
        with pytest.raises(TransportError):
            await collect(HttpTransport(), request(url))


async def test_a_websocket_that_closes_before_completing_is_a_fault() -> None:
    event = {"type": "next", "id": "1", "payload": {"data": {"a": 1}}}
    async with websocket_server(event, close_code=4000) as (url, _):
        with pytest.raises(TransportError, match="closed with 4000"):
            await collect(HttpTransport(), request(url))


async def test_a_websocket_that_never_acknowledges_is_too_slow() -> None:
    async with websocket_server() as (url, _):
        with pytest.raises(TransportError, match="did not acknowledge"):
            await collect(HttpTransport(), request(url, timeout=0.2))


def streaming(*parts: bytes, status: bytes = b"200 OK", ends: bool = True) -> Behaviour:
    async def behave(_: Seen, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.1 %b\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" % status)
        for part in parts:
            writer.write(b"%x\r\n%b\r\n" % (len(part), part))
            await writer.drain()
            await asyncio.sleep(0)
        if not ends:
            return False
        writer.write(b"0\r\n\r\n")
        return True

    return behave


def by_events() -> HttpTransport:
    return HttpTransport(HttpSettings(sse_subgraphs={"a"}))


async def test_server_sent_events_are_put_together_from_parts() -> None:
    parts = (b":\n\nevent: next\nda", b'ta: {"data":{"a":1}}\n\nevent: next\ndata: {"data":', b'\ndata: {"a":2}}\n\n')
    async with serve(streaming(*parts, b"event: complete\ndata: \n\n")) as (url, seen):
        received = await collect(by_events(), request(url))

    assert received == [{"data": {"a": 1}}, {"data": {"a": 2}}]
    head, body = seen.requests[0]
    assert b"accept: text/event-stream" in head
    assert b"authorization: Bearer t" in head
    assert body == BODY


@pytest.mark.parametrize(
    "behave",
    [
        pytest.param(streaming(status=b"500 Broken"), id="status"),
        pytest.param(streaming(b"event: next\ndata: {\n\n"), id="no JSON"),
        pytest.param(streaming(b'event: next\ndata: {"data":{}}\n\n'), id="ended"),
        pytest.param(streaming(b":\n\n", ends=False), id="cut"),
    ],
)
async def test_a_stream_that_breaks_is_a_fault(behave: Behaviour) -> None:
    async with serve(behave) as (url, _):
        with pytest.raises(TransportError):
            await collect(by_events(), request(url))


async def test_an_app_in_process_that_refuses_the_websocket_is_a_fault() -> None:
    async def app(_: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.close", "code": 4403, "reason": "no"})

    with pytest.raises(TransportError, match="closed with 4403 no"):
        await collect(InProcessTransport({"a": app}), request("http://a/graphql"))


async def test_an_app_in_process_that_crashes_on_the_websocket_is_a_fault() -> None:
    async def app(_: Any, __: Any, ___: Any) -> None:
        raise RuntimeError

    with pytest.raises(TransportError, match="closed with 1006"):
        await collect(InProcessTransport({"a": app}), request("http://a/graphql"))
