"""A way to a server that can be cut as a network is: bytes no longer arrive, and neither end is told.

NOTE: Connections are made while it is cut, too, and then hear nothing; where packets are dropped they are not even
made. When it heals, what was sent meanwhile arrives, as TCP would send it again. A way runs in a thread of its own, so
it goes on while a test waits for a part.
"""

import asyncio
import contextlib
import re
import threading
from collections.abc import Callable, Iterator

from tests.stack.servers.server import free_port

_ADDRESS = re.compile(r"127\.0\.0\.1:(\d+)")
_READ = 65_536


class Way:
    """A port of loopback that leads to another while it is not cut."""

    def __init__(self, port: int, server: int) -> None:
        self._port = port
        self._server = server
        self._loop = asyncio.new_event_loop()
        self._flows, self._closed = asyncio.Event(), asyncio.Event()

    def cut(self) -> None:
        """Let nothing through from now on, in either direction."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def heal(self) -> None:
        """Let everything through again, first what has waited."""
        self._loop.call_soon_threadsafe(self._flows.set)

    def close(self) -> None:
        """End `run`, and every connection."""
        self._loop.call_soon_threadsafe(self._closed.set)

    def run(self, opened: Callable[[], None]) -> None:
        """Lead until `close`; tells `opened` when the port is open."""
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._run(opened))

    async def _run(self, opened: Callable[[], None]) -> None:
        server = await asyncio.start_server(self._lead, "127.0.0.1", self._port)
        self._flows.set()
        opened()
        await self._closed.wait()
        server.close()

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # At the end of `run` it is cancelled, which is no fault to be logged.
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._flows.wait()
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._server)
            await asyncio.gather(self._carry(reader, to_server), self._carry(from_server, writer))
        writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError):
                while data := await reader.read(_READ):
                    await self._flows.wait()
                    writer.write(data)
                    await writer.drain()
            # That an end has closed is news that does not arrive, either.
            await self._flows.wait()
        finally:
            writer.close()


@contextlib.contextmanager
def way_between(port: int, server: int) -> Iterator[Way]:
    """Lead from a port to the server's."""
    way, opened = Way(port, server), threading.Event()
    thread = threading.Thread(target=way.run, args=[opened.set], daemon=True)
    thread.start()
    opened.wait()
    try:
        yield way
    finally:
        way.close()
        thread.join()


@contextlib.contextmanager
def way_to(url: str) -> Iterator[tuple[Way, str]]:
    """Lead to the server of a URL; answers the way, and the URL that goes by it."""
    found = _ADDRESS.search(url)
    assert found is not None, url
    port = free_port()
    with way_between(port, int(found[1])) as way:
        yield way, _ADDRESS.sub(f"127.0.0.1:{port}", url)
