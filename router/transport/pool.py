"""The connections to one origin: kept alive, reused last in first out, bounded, with a queue for those who wait.

NOTE: A server may close an idle connection at the very moment it is used. A query is then sent again over a new one; a
mutation must not be, so it only takes connections that were used a moment ago, well within servers' keep-alive times.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass
from functools import partial

from router.errors import TransportError
from router.transport.connection import Connection, Exchange
from router.transport.outbox import Outbox

_IDLE_SECONDS = 4.0
_IDLE_SECONDS_FOR_MUTATIONS = 1.0


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port."""

    host: str
    port: int
    tls: bool


class Pool:
    """Connections to one origin."""

    def __init__(self, origin: Origin, max_connections: int, max_response_bytes: int, outbox: Outbox) -> None:
        self._origin = origin
        self._outbox = outbox
        self._max_connections = max_connections
        self._max_response_bytes = max_response_bytes
        self._loop = asyncio.get_running_loop()
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._connecting: dict[asyncio.Task[None], None] = {}
        self._waiting: deque[Exchange] = deque()
        self._tls = ssl.create_default_context() if origin.tls else None

    def start(self, exchange: Exchange) -> None:
        """Run the exchange on a free connection, a new one, or the first that gets free."""
        exchange.attempts += 1
        limit = self._loop.time() - (_IDLE_SECONDS if exchange.retryable else _IDLE_SECONDS_FOR_MUTATIONS)
        idle = self._idle
        while idle:
            connection = idle.pop()
            if connection.idle_since > limit and not connection.transport.is_closing():
                connection.start(exchange)
                return
            connection.abort()
        self._waiting.append(exchange)
        self._connect_once_more()

    def withdraw(self, exchange: Exchange) -> None:
        """Stop an exchange whose time is over."""
        if exchange.connection is not None:
            exchange.connection.abort()
        elif exchange in self._waiting:
            self._waiting.remove(exchange)
            # One that hangs, since nobody answers its first packet, would hang on long after the others answer again.
            if len(self._connecting) > len(self._waiting):
                next(iter(self._connecting)).cancel()

    def close(self) -> None:
        self._waiting.clear()
        for task in tuple(self._connecting):
            task.cancel()
        for connection in tuple(self._open):
            connection.abort()

    def _connect_once_more(self) -> None:
        if len(self._open) + len(self._connecting) < self._max_connections:
            task = self._loop.create_task(self._connect())
            self._connecting[task] = None
            task.add_done_callback(self._tried)

    def _tried(self, task: asyncio.Task[None]) -> None:
        self._connecting.pop(task, None)
        self._connect_for_those_who_wait()

    def _connect_for_those_who_wait(self) -> None:
        """Try again where a connection has ended, or has not come about: others may have been waiting for it."""
        if len(self._connecting) < len(self._waiting):
            self._connect_once_more()

    async def _connect(self) -> None:
        make = partial(Connection, self._release, self._forget, self._outbox, self._max_response_bytes)
        try:
            _, connection = await self._loop.create_connection(
                make, self._origin.host, self._origin.port, ssl=self._tls
            )
        except (OSError, UnicodeError) as error:  # UnicodeError: what can be no host's name.
            if self._waiting:
                self._waiting.popleft().done(ConnectFailed(error))
            return
        self._open.add(connection)
        self._release(connection)

    def _release(self, connection: Connection) -> None:
        connection.idle_since = self._loop.time()
        if not self._waiting:
            self._idle.append(connection)
            return
        while self._waiting:
            exchange = self._waiting.popleft()
            if not connection.is_open():
                self._waiting.appendleft(exchange)
                break
            connection.start(exchange)
            return
        self._idle.append(connection)

    def _forget(self, connection: Connection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        self._connect_for_those_who_wait()


class ConnectFailed(TransportError):
    """No connection could be made, so nothing has been sent."""

    def __init__(self, error: Exception) -> None:
        super().__init__(f"cannot be reached ({type(error).__name__})")
