"""The router under uvicorn: its fastest parts, and an end in which no request is lost.

NOTE: How a server ends. It says that it is going: `/ready` answers 503, and every answer closes its connection. If a
notice is set, it goes on taking connections for so long. Then it takes those that wait in the listener's queue, stops
listening, and sends WebSockets and streams away. A connection that is idle may be about to be used, so it is kept for
one more request, for a moment; requests that are under way have `drain_seconds`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FrameType
from typing import Protocol

import uvicorn

from router.config import RouterConfig
from router.errors import ConfigError
from router.server.asgi import Receive, Scope, Send
from router.server.direct_protocol import TakesPosts, direct_protocol
from router.server.prompt_protocol import PromptProtocol

_LOG = logging.getLogger("router.server")
_BACKLOG = 2048
_CANCELLED_SECONDS = 1.0
_LOOKS_EACH = 10


class Leaving(Protocol):
    """What the server tells its application when it ends."""

    def announce_end(self) -> None:
        """Be no longer ready, and have every answer close its connection."""
        ...

    async def dismiss(self) -> None:
        """Send the clients of WebSockets and streams away."""
        ...


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Open a listener; `shared` ones may listen side by side, and the kernel spreads connections over them."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConfigError(f"cannot listen on {host} port {port}: {error}") from None
    listener.setblocking(False)
    return listener


class Application(TakesPosts, Protocol):
    """An ASGI application that also answers whole POSTs."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


def uvicorn_config(app: Application, config: RouterConfig, *, lifespan: bool = True) -> uvicorn.Config:
    """Choose uvicorn's fastest parts; it neither logs requests nor adds headers, the router does."""
    return uvicorn.Config(
        app,
        loop="uvloop" if sys.platform != "win32" else "auto",
        http=direct_protocol(app, config),
        ws="websockets-sansio",
        lifespan="on" if lifespan else "off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=max(1, round(config.connections.idle_seconds)),
        ws_max_size=config.limits.body_bytes,
        ws_per_message_deflate=False,
    )


class GracefulServer(uvicorn.Server):
    """Serves on listeners; ends upon SIGTERM, SIGINT or `should_exit`, and by force upon a second signal."""

    def __init__(
        self,
        config: uvicorn.Config,
        leaving: Leaving,
        settings: RouterConfig,
        started: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(config)
        self._leaving = leaving
        self._settings = settings
        self._tell_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._tell_started is not None:
            self._tell_started()

    async def on_tick(self, counter: int) -> bool:
        if counter % _LOOKS_EACH == 0:
            now = asyncio.get_running_loop().time()
            for connection in self._http_connections():
                connection.look(now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        _LOG.info("ending")
        self._leaving.announce_end()
        await self._until(lambda: False, self._settings.drain_notice_seconds)
        await self._stop_listening(sockets or [])
        await self._leaving.dismiss()
        state, seconds = self.server_state, self._settings.drain_seconds
        lingering = min(self._settings.connections.linger_seconds, seconds)
        await self._until(lambda: not state.connections, lingering)
        for connection in tuple(state.connections):
            connection.shutdown()
        await self._until(lambda: not state.connections and not state.tasks, seconds - lingering)
        running = len(state.tasks) + sum(connection.cut_off() for connection in self._http_connections())
        if running:
            _LOG.warning("requests cut off", extra={"running": running})
        if state.tasks:
            for task in state.tasks:
                task.cancel()
            await asyncio.wait(state.tasks, timeout=_CANCELLED_SECONDS)
        await self.lifespan.shutdown()
        _LOG.info("ended")

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's, but a process that ends as it was asked to has not failed."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        heeded = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) != signal.SIG_IGN]
        before = {number: signal.signal(number, self.handle_exit) for number in heeded}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  uvicorn's names.
        self.force_exit = self.should_exit
        self.should_exit = True

    async def _stop_listening(self, listeners: list[socket.socket]) -> None:
        waiting: list[socket.socket] = []
        for listener in listeners:
            with suppress(OSError):  # BlockingIOError, above all: nobody waits any more.
                while True:
                    waiting.append(listener.accept()[0])
        for server in self.servers:
            server.close()
        loop = asyncio.get_running_loop()
        for connection in waiting:
            connection.setblocking(False)
            await loop.connect_accepted_socket(self._make_protocol, connection)
        for kept in self._http_connections():
            kept.say_goodbye()
        _LOG.info("no longer listening")

    def _make_protocol(self) -> asyncio.Protocol:
        make: Callable[..., asyncio.Protocol] = self.config.http_protocol_class
        return make(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    def _http_connections(self) -> Iterator[PromptProtocol]:
        return (known for known in tuple(self.server_state.connections) if isinstance(known, PromptProtocol))

    async def _until(self, done: Callable[[], bool], seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not done() and not self.force_exit and loop.time() < end:  # noqa: ASYNC110  uvicorn's sets have no event.
            await asyncio.sleep(0.02)
