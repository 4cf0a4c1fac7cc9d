"""Subscriptions over HTTP: server-sent events and multipart.

NOTE: `text/event-stream` follows graphql-sse's distinct connections mode: `next` events with a GraphQL response as
data, then `complete`. `multipart/mixed` follows Apollo's subscription protocol 1.0: parts of `{"payload": response}`,
boundary `graphql`. Between events, a comment or an empty part shows that the connection lives.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson

from router.server.asgi import Headers, Receive, Send
from router.server.negotiation import MediaType


@dataclass(frozen=True, slots=True)
class StreamFormat:
    """How a stream is written."""

    content_type: bytes
    opening: bytes
    heartbeat: bytes
    closing: bytes
    before: bytes
    after: bytes

    def write(self, payload: dict[str, Any]) -> bytes:
        return self.before + orjson.dumps(payload) + self.after


EVENT_STREAM = StreamFormat(
    content_type=b"text/event-stream; charset=utf-8",
    opening=b":\n\n",
    heartbeat=b":\n\n",
    closing=b"event: complete\ndata: \n\n",
    before=b"event: next\ndata: ",
    after=b"\n\n",
)
_PART = b"--graphql\r\ncontent-type: application/json\r\n\r\n"
MULTIPART = StreamFormat(
    content_type=b'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
    opening=b"\r\n",
    heartbeat=_PART + b"{}\r\n",
    closing=b"--graphql--\r\n",
    before=_PART + b'{"payload":',
    after=b"}\r\n",
)


def stream_format(media_type: MediaType) -> StreamFormat | None:
    """Find the format for a media type that can stream."""
    return {MediaType.EVENT_STREAM: EVENT_STREAM, MediaType.MULTIPART: MULTIPART}.get(media_type)


async def single(payload: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
    """Stream a lone response."""
    yield payload


async def _next(payloads: AsyncIterator[dict[str, Any]]) -> dict[str, Any] | None:
    return await anext(payloads, None)


@dataclass(frozen=True, slots=True)
class StreamTimes:
    """Seconds between heartbeats, and until the caller's token ends, if it does."""

    heartbeat: float
    lifetime: float | None = None


class ResponseStream:
    """Writes one stream to one client."""

    def __init__(self, send: Send, receive: Receive, form: StreamFormat, times: StreamTimes) -> None:
        self._send = send
        self._receive = receive
        self._form = form
        self._times = times

    async def run(self, payloads: AsyncIterator[dict[str, Any]], headers: Headers) -> None:
        """Write until the payloads end, the client leaves, or the token expires; then let go of the payloads."""
        lines = [(b"content-type", self._form.content_type), (b"cache-control", b"no-cache"), *headers]
        await self._send({"type": "http.response.start", "status": 200, "headers": lines})
        await self._write(self._form.opening)
        writing = asyncio.ensure_future(self._write_all(payloads))
        leaving = asyncio.ensure_future(self._client_left())
        try:
            done, _ = await asyncio.wait(
                {writing, leaving}, timeout=self._times.lifetime, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for task in (writing, leaving):
                task.cancel()
            await asyncio.gather(writing, leaving, return_exceptions=True)
        if leaving not in done:
            await self._send({"type": "http.response.body", "body": self._form.closing, "more_body": False})
        if writing in done:
            writing.result()

    async def _write(self, chunk: bytes) -> None:
        await self._send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def _write_all(self, payloads: AsyncIterator[dict[str, Any]]) -> None:
        upcoming: asyncio.Future[dict[str, Any] | None] | None = None
        try:
            while True:
                upcoming = upcoming or asyncio.ensure_future(_next(payloads))
                await asyncio.wait({upcoming}, timeout=self._times.heartbeat)
                if not upcoming.done():
                    await self._write(self._form.heartbeat)
                    continue
                arrived, upcoming = upcoming, None
                payload = arrived.result()
                if payload is None:
                    return
                await self._write(self._form.write(payload))
        finally:
            if upcoming is not None:
                upcoming.cancel()
                with suppress(asyncio.CancelledError):
                    await upcoming
            close = getattr(payloads, "aclose", None)
            if close is not None:
                await close()

    async def _client_left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
