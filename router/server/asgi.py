"""The few words of ASGI that the server speaks, without a framework."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers: TypeAlias = Sequence[tuple[bytes, bytes]]

LATE = "router.late"
"""Is in the scope of a request that did not arrive in time, which the server has answered without the application."""


class BodyTooLarge(Exception):
    """The request's body is over the limit."""


class ClientDisconnected(Exception):
    """Nobody waits for the answer any more."""


async def read_body(receive: Receive, limit: int) -> bytes:
    """Read the whole body, but never more than `limit` bytes."""
    message = await receive()
    chunks: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge
        if not chunks and not message.get("more_body"):
            return bytes(chunk)
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)
        message = await receive()


async def respond(send: Send, status: int, content_type: bytes | None, body: bytes, headers: Headers = ()) -> None:
    """Send a whole response; without a content type, one that has no content."""
    about = () if content_type is None else ((b"content-type", content_type), (b"content-length", b"%d" % len(body)))
    lines = [*about, *headers]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})
