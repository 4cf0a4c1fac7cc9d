"""The client's side of graphql-transport-ws, over any duplex of texts: one subscription a connection.

The caller's headers go into `connection_init`'s payload as well as into the upgrade request, since subgraphs differ in
where they look for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any, Protocol

import orjson

from router.errors import TransportError
from router.transport.messages import SubgraphRequest
from router.transport.resubscribing import SubscriptionRefused

PROTOCOL = "graphql-transport-ws"
_REFUSALS = (4400, 4499)


class DuplexClosed(Exception):
    """The other side closed the connection."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"closed with {code} {reason}".strip())
        self.code = code


class Duplex(Protocol):
    """A connection that carries texts both ways; all methods but `close` raise `DuplexClosed`."""

    async def open(self) -> None: ...

    async def send(self, text: str) -> None: ...

    async def receive(self) -> str | bytes: ...

    async def close(self) -> None: ...


async def subscribe_over(duplex: Duplex, request: SubgraphRequest) -> AsyncGenerator[dict[str, Any], None]:
    """Yield the results of the subscription until it completes; an `error` message is the last result."""
    try:
        async with asyncio.timeout(request.timeout):
            await duplex.open()
            await _initialise(duplex, dict(request.headers))
        await _say(duplex, {"type": "subscribe", "id": "1", "payload": orjson.loads(request.body)})
        while True:
            message = await _hear(duplex)
            match message.get("type"):
                case "next":
                    yield _result(message.get("payload"))
                case "error":
                    yield {"errors": message.get("payload") or []}
                    return
                case "complete":
                    return
                case "ping":
                    await _say(duplex, {"type": "pong"})
    except TimeoutError:
        raise TransportError(f"did not acknowledge a subscription within {request.timeout:g} s") from None
    except DuplexClosed as closed:
        refused = _REFUSALS[0] <= closed.code <= _REFUSALS[1]
        raise (SubscriptionRefused if refused else TransportError)(str(closed)) from closed
    finally:
        with suppress(DuplexClosed):
            await duplex.close()


async def _initialise(duplex: Duplex, payload: dict[str, str]) -> None:
    await _say(duplex, {"type": "connection_init", "payload": payload})
    while True:
        message = await _hear(duplex)
        if message.get("type") == "connection_ack":
            return
        if message.get("type") == "ping":
            await _say(duplex, {"type": "pong"})


async def _say(duplex: Duplex, message: dict[str, Any]) -> None:
    await duplex.send(orjson.dumps(message).decode())


async def _hear(duplex: Duplex) -> dict[str, Any]:
    try:
        message = orjson.loads(await duplex.receive())
    except orjson.JSONDecodeError:
        raise TransportError("sent a WebSocket message that is not JSON") from None
    if not isinstance(message, dict):
        raise TransportError("sent a WebSocket message that is not an object")
    return message


def _result(payload: Any) -> dict[str, Any]:
    if not isinstance(payload, dict):
        raise TransportError("sent an event that is not a GraphQL result")
    return payload
