"""Subscriptions by server-sent events from a subgraph: graphql-sse's distinct connections mode, the client's side.

Each subscription is one POST whose response stays open. `next` events carry GraphQL results, `complete` ends them.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator
from typing import Any, cast
from urllib.parse import urlsplit

import httptools
import orjson

from router.errors import TransportError
from router.transport.messages import SubgraphRequest
from router.transport.resubscribing import SubscriptionRefused

_PAUSE_ABOVE = 64
_OK = 200
_REFUSALS = range(400, 500)


class _EventConnection(asyncio.Protocol):
    """Puts the parts of a response's body into a queue; None ends it, an error is passed on."""

    def __init__(self) -> None:
        self.parts: asyncio.Queue[bytes | TransportError | None] = asyncio.Queue()
        self.started: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._end(TransportError("did not answer in HTTP"))

    def connection_lost(self, _: Exception | None) -> None:
        self._end(TransportError("closed the connection of a subscription"))

    def on_headers_complete(self) -> None:
        if not self.started.done():
            self.started.set_result(self._parser.get_status_code())

    def on_body(self, body: bytes) -> None:
        self.parts.put_nowait(body)
        if self.parts.qsize() > _PAUSE_ABOVE and self._transport is not None:
            self._transport.pause_reading()
            self._paused = True

    def on_message_complete(self) -> None:
        self.parts.put_nowait(None)

    async def next_part(self) -> bytes | None:
        part = await self.parts.get()
        if self._paused and self._transport is not None and not self.parts.qsize():
            self._paused = False
            self._transport.resume_reading()
        if isinstance(part, TransportError):
            raise part
        return part

    def _end(self, error: TransportError) -> None:
        if not self.started.done():
            self.started.set_exception(error)
        self.parts.put_nowait(error)


async def subscribe_by_events(request: SubgraphRequest, max_event_bytes: int) -> AsyncGenerator[dict[str, Any], None]:
    """Yield the results until the subgraph completes; raises `TransportError`."""
    transport, connection = await _open(request)
    try:
        buffer = b""
        while (part := await connection.next_part()) is not None:
            *events, buffer = (buffer + part).replace(b"\r\n", b"\n").split(b"\n\n")
            if len(buffer) > max_event_bytes:
                raise TransportError(f"sent an event of more than {max_event_bytes} bytes")
            for event in events:
                kind, data = _read_event(event)
                if kind == b"complete":
                    return
                if kind == b"next":
                    yield _result(data)
        raise TransportError("ended a subscription without completing it")
    finally:
        transport.abort()


async def _open(request: SubgraphRequest) -> tuple[asyncio.Transport, _EventConnection]:
    parts = urlsplit(request.url)
    tls = ssl.create_default_context() if parts.scheme == "https" else None
    port = parts.port or (443 if tls else 80)
    head = {
        "host": parts.netloc,
        "content-type": "application/json",
        "accept": "text/event-stream",
        "content-length": str(len(request.body)),
        **dict(request.headers),
    }
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    transport: asyncio.Transport | None = None
    try:
        async with asyncio.timeout(request.timeout):
            loop = asyncio.get_running_loop()
            transport, connection = await loop.create_connection(_EventConnection, parts.hostname or "", port, ssl=tls)
            transport.write("\r\n".join(lines).encode("latin-1") + request.body)
            status = await connection.started
    except (TimeoutError, OSError) as error:
        if transport is not None:
            transport.abort()
        raise TransportError(f"did not begin a subscription ({type(error).__name__})") from error
    if status != _OK:
        transport.abort()
        kind = SubscriptionRefused if status in _REFUSALS else TransportError
        raise kind(f"answered a subscription with status {status}")
    return transport, connection


def _read_event(event: bytes) -> tuple[bytes, bytes]:
    kind, data = b"message", []
    for line in event.split(b"\n"):
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            kind = value
        elif name == b"data":
            data.append(value)
    return kind, b"\n".join(data)


def _result(data: bytes) -> dict[str, Any]:
    try:
        result = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise TransportError("sent an event that is not JSON") from None
    if not isinstance(result, dict):
        raise TransportError("sent an event that is not a GraphQL result")
    return result
