"""Servers on loopback that answer as a test wants, byte by byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

OK = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b"


@dataclass
class Seen:
    """What a server was sent, and over how many connections."""

    requests: list[tuple[bytes, bytes]] = field(default_factory=list)
    connections: int = 0


Behaviour: TypeAlias = Callable[[Seen, asyncio.StreamWriter], Awaitable[bool]]


def answer(body: bytes) -> bytes:
    return OK % (len(body), body)


def always(response: bytes) -> Behaviour:
    """Answer every request so."""

    async def behave(_: Seen, writer: asyncio.StreamWriter) -> bool:
        writer.write(response)
        return True

    return behave


def in_turn(*responses: bytes | None) -> Behaviour:
    """Answer so in turn; None closes the connection without an answer."""
    left = list(responses)

    async def behave(_: Seen, writer: asyncio.StreamWriter) -> bool:
        response = left.pop(0)
        writer.write(response or b"")
        return response is not None

    return behave


async def never(_: Seen, __: asyncio.StreamWriter) -> bool:
    await asyncio.Event().wait()
    return False


@asynccontextmanager
async def serve(behave: Behaviour) -> AsyncIterator[tuple[str, Seen]]:
    """Serve on a free port; yields the address and what was seen."""
    seen = Seen()
    tasks: set[asyncio.Task[Any]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        seen.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                seen.requests.append((head, await reader.readexactly(length)))
                if not await behave(seen, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/graphql", seen
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
