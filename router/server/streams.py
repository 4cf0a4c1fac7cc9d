"""Subscriptions over HTTP: server-sent events and multipart.

NOTE: `text/event-stream` follows graphql-sse's distinct connections mode: `next` events with a GraphQL response as
data, then `complete`. `multipart/mixed` follows Apollo's subscription protocol 1.0: parts of `{"payload": response}`,
boundary `graphql`. Between events, a comment or an empty part shows that the connection lives. A part is ended by its
boundary, so that goes out with it: clients would else see each event only when the next one comes.

A stream ends early for two reasons, and then says so. When the caller's token expires, the last event is an error. When
the server goes, an event stream breaks off without `complete`, upon which clients connect anew; in multipart, which
knows no such thing, the last part is an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson

from router.errors import SUBSCRIPTION_INTERRUPTED, UNAUTHENTICATED
from router.server.asgi import Headers, Receive, Send
from router.server.negotiation import MediaType
from router.server.written_json import write_json

# By caches, and by nginx, which would wait for a whole response.
_NOT_HELD_BACK = ((b"cache-control", b"no-store"), (b"x-accel-buffering", b"no"))


@dataclass(frozen=True, slots=True)
class StreamFormat:
    """How a stream is written."""

    content_type: bytes
    opening: bytes
    heartbeat: bytes
    closing: bytes
    before: bytes
    after: bytes
    before_failure: bytes
    after_failure: bytes
    reconnects: bool

    def write(self, payload: dict[str, Any]) -> bytes:
        return self.before + write_json(payload) + self.after

    def fail(self, code: str, message: str) -> bytes:
        """Write a last event that says why there will be no more."""
        error = orjson.dumps([{"message": message, "extensions": {"code": code}}])
        return self.before_failure + error + self.after_failure + self.closing


EVENT_STREAM = StreamFormat(
    content_type=b"text/event-stream; charset=utf-8",
    opening=b":\n\n",
    heartbeat=b":\n\n",
    closing=b"event: complete\ndata: \n\n",
    before=b"event: next\ndata: ",
    after=b"\n\n",
    before_failure=b'event: next\ndata: {"errors":',
    after_failure=b"}\n\n",
    reconnects=True,
)
_BOUNDARY = b"\r\n--graphql"
_PART = b"\r\ncontent-type: application/json\r\n\r\n"
MULTIPART = StreamFormat(
    content_type=b'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
    opening=_BOUNDARY,
    heartbeat=_PART + b"{}" + _BOUNDARY,
    closing=b"--\r\n",
    before=_PART + b'{"payload":',
    after=b"}" + _BOUNDARY,
    before_failure=_PART + b'{"payload":null,"errors":',
    after_failure=b"}" + _BOUNDARY,
    reconnects=False,
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
        self._dismissed = asyncio.Event()

    def dismiss(self) -> None:
        """End the stream: the server goes, and the client shall subscribe elsewhere."""
        self._dismissed.set()

    async def run(self, payloads: AsyncIterator[dict[str, Any]], headers: Headers) -> None:
        """Write until the payloads end, the client leaves, the token expires or the server goes."""
        lines = [(b"content-type", self._form.content_type), *_NOT_HELD_BACK, *headers]
        await self._send({"type": "http.response.start", "status": 200, "headers": lines})
        await self._write(self._form.opening)
        writing = asyncio.ensure_future(self._write_all(payloads))
        leaving = asyncio.ensure_future(self._client_left())
        going = asyncio.ensure_future(self._dismissed.wait())
        tasks = {writing, leaving, going}
        try:
            done, _ = await asyncio.wait(tasks, timeout=self._times.lifetime, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if leaving not in done:
            last = self._last_words(completed=writing in done, dismissed=going in done)
            await self._send({"type": "http.response.body", "body": last, "more_body": False})
        if writing in done:
            writing.result()

    def _last_words(self, *, completed: bool, dismissed: bool) -> bytes:
        if completed:
            return self._form.closing
        if not dismissed:
            return self._form.fail(UNAUTHENTICATED, "The token has expired.")
        if self._form.reconnects:
            return b""
        return self._form.fail(SUBSCRIPTION_INTERRUPTED, "The server is going away; subscribe again.")

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
