"""Other federation gateways from npm, started over a supergraph of ours on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tests.router.transport.servers import Seen, serve
from tests.stack.servers.server import free_port

SCRIPTS = Path(__file__).parent / "scripts"
# From a subgraph's name, an operation and its variables to the answer.
Ask: TypeAlias = Callable[[str, str, dict[str, Any]], Any]


@dataclass(frozen=True)
class Gateway:
    """One that runs."""

    port: int

    async def ask(self, query: str, variables: dict[str, Any] | None = None) -> Any:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=16 * 1024 * 1024)
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        lines = (
            "POST /graphql HTTP/1.1",
            "host: localhost",
            "accept: application/json",
            "content-type: application/json",
            f"content-length: {len(body)}",
            "connection: close",
        )
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        answer = await reader.read()
        writer.close()
        return json.loads(answer[answer.index(b"{") : answer.rindex(b"}") + 1])


def command(name: str, packages: Path, supergraph: Path, port: int) -> list[str]:
    node = shutil.which("node")
    assert node is not None, "It has installed the packages."
    if name == "apollo":
        return [node, str(packages / "apollo.mjs"), str(supergraph), str(port)]
    hive = packages / "node_modules" / "@graphql-hive" / "gateway" / "dist" / "bin.js"
    options = ["--port", str(port), "--host", "127.0.0.1", "-c", "hive.config.mjs"]
    return [node, str(hive), "supergraph", str(supergraph), *options]


@asynccontextmanager
async def gateway(name: str, packages: Path, supergraph: Path) -> AsyncIterator[Gateway]:
    """Start it and wait until it answers; it must, in this test's time."""
    for script in SCRIPTS.iterdir():
        (packages / script.name).write_text(script.read_text())
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *command(name, packages, supergraph, port),
        cwd=packages,
        env={**os.environ, "NODE_ENV": "production", "NO_COLOR": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    peer = Gateway(port)
    try:
        await _answering(peer, process)
        reading = asyncio.create_task(_drained(process))
        yield peer
        reading.cancel()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _drained(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    while await process.stdout.read(65_536):
        pass


async def _answering(peer: Gateway, process: asyncio.subprocess.Process) -> None:
    while True:
        try:
            answer = await peer.ask("{ __typename }")
        except (OSError, ValueError):
            answer = None
        if answer is not None and answer.get("data"):
            return
        if process.returncode is not None:
            assert process.stdout is not None
            raise AssertionError((await process.stdout.read()).decode())
        await asyncio.sleep(0.1)


@asynccontextmanager
async def subgraph(name: str, ask: Ask) -> AsyncIterator[str]:
    """Serve one subgraph; yields its address."""

    async def behave(seen: Seen, writer: asyncio.StreamWriter) -> bool:
        asked = json.loads(seen.requests[-1][1])
        try:
            answer = ask(name, asked["query"], asked.get("variables") or {})
        except AssertionError as wrong:  # What the stand-in says of a query that it should not have got.
            answer = {"errors": [{"message": str(wrong)}]}
        body = json.dumps(answer).encode()
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
        writer.write(head + body)
        return True

    async with serve(behave) as (url, _):
        yield url
