"""`python -m router serve` as a process over one subgraph on loopback, its log, and clients that never stop asking."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.router.transport.servers import Seen, answer, serve

from .federation import SUPERGRAPH

ASK = b'{"query":"{ users { name } }"}'
ANSWER = b'{"data":{"users":[{"name":"Ada"}]}}'
_USERS = answer(b'{"data":{"__typename":"Query","users":[{"__typename":"User","id":"1","name":"Ada"}]}}')
_RATINGS = answer(b'{"data":{"_entities":[{"rating":5}]}}')


_EVENTS = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    b'event: next\ndata: {"data":{"forever":{"name":"Ada"}}}\n\n'
)


async def _subgraph(seen: Seen, writer: asyncio.StreamWriter) -> bool:
    """Answer queries in a moment, and subscriptions with one event and then nothing."""
    if b"subscription" in seen.requests[-1][1]:
        writer.write(_EVENTS)
        await asyncio.Event().wait()
    await asyncio.sleep(0.01)
    writer.write(_RATINGS if b"_entities" in seen.requests[-1][1] else _USERS)
    return True


@dataclass(frozen=True)
class Answer:
    """What came back, and whether the server closes the connection after it."""

    status: int
    head: bytes
    body: bytes

    @property
    def is_last(self) -> bool:
        return b"\r\nconnection: close" in self.head


class Connection:
    """A kept-alive connection that is made when it is needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, body: bytes = ASK, path: str = "/graphql", method: str = "POST", accept: str = "*/*", headers: str = ""
    ) -> Answer:
        """Raises ConnectionRefusedError where nobody listens. `headers` are lines."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        lines = f"{method} {path} HTTP/1.1\r\nhost: router\r\naccept: {accept}\r\ncontent-type: application/json\r\n"
        writer.write(f"{lines}{headers}content-length: {len(body)}\r\n\r\n".encode() + body)
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        got = Answer(int(head[9:12]), head, await reader.readexactly(int(length)) if length else b"")
        if got.is_last:
            self.close()
        return got

    async def rest(self, until: bytes | None = None) -> bytes:
        """Read what else comes, until the server closes or these bytes have come."""
        assert self._streams is not None
        return await (self._streams[0].read() if until is None else self._streams[0].readuntil(until))

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


@dataclass
class Load:
    """Clients that ask without a pause until nobody listens any more; `failed` is whatever was not the right answer."""

    port: int
    answered: int = 0
    failed: list[str] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    progress: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self, clients: int = 8) -> None:
        self.tasks = [asyncio.create_task(self._ask_on()) for _ in range(clients)]

    async def reach(self, more: int) -> None:
        """Wait until so many more were answered."""
        wanted = self.answered + more
        while self.answered < wanted:
            self.progress.clear()
            await self.progress.wait()

    async def end(self) -> None:
        """Wait until nobody listens."""
        await asyncio.gather(*self.tasks)

    async def _ask_on(self) -> None:
        connection = Connection(self.port)
        while True:
            try:
                got = await connection.ask()
            except ConnectionRefusedError:
                return
            except (OSError, asyncio.IncompleteReadError) as error:
                self.failed.append(repr(error))
                connection.close()
                continue
            if (got.status, got.body) != (200, ANSWER):
                self.failed.append(f"{got.status} {got.body!r}")
            self.answered += 1
            self.progress.set()


@dataclass
class RunningRouter:
    """The process and its log."""

    process: asyncio.subprocess.Process
    supergraph: Path
    subgraphs: Seen
    lines: list[dict[str, Any]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def port(self) -> int:
        return int(next(line["port"] for line in self.lines if line["message"] == "listening"))

    def said(self, message: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["message"] == message]

    async def says(self, message: str, times: int = 1) -> list[dict[str, Any]]:
        """Wait until it has logged this so often."""
        await self.until(lambda: len(self.said(message)) >= times)
        return self.said(message)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition of the log."""
        while not condition():
            self.news.clear()
            await self.news.wait()

    def tell(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(json.loads(line))
            self.news.set()


@asynccontextmanager
async def running_router(
    folder: Path,
    settings: dict[str, Any] | None = None,
    workers: int = 1,
    environment: dict[str, str] | None = None,
) -> AsyncIterator[RunningRouter]:
    """Start it on a free port; it is killed if the test has not ended it."""
    supergraph, config = folder / "supergraph.graphql", folder / "router.yaml"
    supergraph.write_text(SUPERGRAPH, encoding="utf-8")
    async with serve(_subgraph) as (url, seen):
        subgraphs = {"accounts": {"url": url, "subscription_protocol": "sse"}, "ratings": {"url": url}}
        every = {"subgraphs": subgraphs, "access_log": False, **(settings or {})}
        config.write_text(yaml.safe_dump(every), encoding="utf-8")
        options = ["--supergraph", supergraph, "--config", config, "--port", "0", "--workers", str(workers)]
        command = [sys.executable, "-m", "router", "serve", *map(str, options)]
        whole = {**os.environ, **(environment or {})}
        process = await asyncio.create_subprocess_exec(*command, env=whole, stdout=asyncio.subprocess.PIPE)
        router = RunningRouter(process, supergraph, seen)
        reading = asyncio.create_task(router.read())
        try:
            await router.says("worker ready" if workers > 1 else "listening", workers)
            yield router
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            for line in router.said("worker ready"):
                with suppress(ProcessLookupError):
                    os.kill(line["worker"], signal.SIGKILL)
            await reading


def alive(pid: int) -> bool:
    """Whether a process that is not our child is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
