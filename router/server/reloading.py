"""The router that follows its supergraph's file: each new text makes a new application, and the old one ends its work.

The file is looked at every second, and at once upon SIGHUP. What is new is loaded in a thread, so that requests go on
meanwhile; they go to the old application until the new one stands, and those it has begun it also answers. Its
WebSockets are sent away, to come back to the new one. A file that cannot be loaded is logged, and changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from router.errors import RouterError
from router.server.app import RouterApp
from router.server.asgi import Receive, Scope, Send
from router.server.direct_posts import DirectExchange, Post

_LOG = logging.getLogger("router.server")
# From a supergraph's text, and the application before it if there was one, to the application.
MakeApp: TypeAlias = Callable[[str, RouterApp | None], RouterApp]


class ReloadingApp:
    """An ASGI application over the file; raises what `make` raises where the first text cannot be loaded."""

    def __init__(self, path: Path, make: MakeApp, seconds_between_looks: float = 1.0) -> None:
        self._path = path
        self._make = make
        self._seconds = seconds_between_looks
        self._seen = self._stamp()
        self._text = path.read_text(encoding="utf-8")
        self._current = make(self._text, None)
        self._retiring: set[asyncio.Task[None]] = set()
        self._asked = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._current(scope, receive, send)

    def take(self, post: Post) -> DirectExchange | None:
        return self._current.take(post)

    async def reload(self) -> None:
        """Take over the file's text, if it is new and can be loaded."""
        try:
            text = await asyncio.to_thread(self._path.read_text, "utf-8")
            if text == self._text:
                return
            self._text = text
            fresh = await asyncio.to_thread(self._make, text, self._current)
        except (OSError, UnicodeDecodeError, RouterError) as error:
            _LOG.error("supergraph not reloaded", extra={"reason": str(error)})
            return
        except Exception:  # noqa: BLE001  Whatever is wrong with this text, the next may be right again.
            _LOG.exception("supergraph not reloaded")
            return
        old, self._current = self._current, fresh
        _LOG.info("supergraph reloaded")
        retiring = asyncio.create_task(old.drain(None))
        self._retiring.add(retiring)
        retiring.add_done_callback(self._retiring.discard)

    def announce_end(self) -> None:
        self._current.announce_end()

    async def dismiss(self) -> None:
        await self._current.dismiss()

    async def close(self) -> None:
        """End gracefully, old applications included."""
        if self._retiring:
            await asyncio.wait(self._retiring, timeout=self._current.drain_seconds)
        await self._current.close()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        if sys.platform != "win32":
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._asked.set)
        watching = asyncio.create_task(self._watch())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        watching.cancel()
        await asyncio.wait({watching})
        await self.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _watch(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), self._seconds)
            stamp = self._stamp()
            if stamp != self._seen or self._asked.is_set():
                self._asked.clear()
                self._seen = stamp
                await self.reload()

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None  # Whoever replaces the file may take it away for a moment.
        return found.st_mtime_ns, found.st_size, found.st_ino
