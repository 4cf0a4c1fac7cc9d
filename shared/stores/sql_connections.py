"""Connections, and transactions on them: statements go to the driver's cursor, objects through SQLAlchemy's session.

Both are the same transaction. The session is made when it is asked for first: what runs with every booking needs none,
and for it SQLAlchemy's own connection and session would cost as much as two statements. What was changed through
objects is written before a statement runs, as it would be before one of the session's own, and before the commit.

The pool is ours too. A connection whose other end has closed is noticed when it is taken, without asking: the end of
its stream has arrived. One that was idle for longer than `IDLE_SECONDS` is asked, for whatever stands between the
machines and drops what is idle without a word. (SQLAlchemy's pool would ask every time, which is half the time of a
small statement, and takes as long again by itself.)
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any, Self

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.pool import PoolProxiedConnection

from shared.stores.sql_statements import Compiled, Cursor, Values, read, run

IDLE_SECONDS = 10.0
ROLLBACK_SECONDS = 5.0


class Connections:
    """At most `most` open connections; the engine, whose pool must keep none, makes them."""

    def __init__(self, engine: AsyncEngine, most: int) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        # SQLAlchemy's kind of aiomysql's cursor does not ask for the warnings of each statement, to print them.
        self._kind_of_cursor = () if self.is_sqlite else (engine.dialect.dbapi.Cursor,)  # type: ignore[union-attr]
        self._free: list[tuple[PoolProxiedConnection, float]] = []
        self._allowed = asyncio.Semaphore(most)

    @property
    def crowded(self) -> bool:
        """Tell whether all are taken, so that whoever comes now waits."""
        return self._allowed.locked()

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[PoolProxiedConnection]:
        """Take a connection, waiting for one to be free, and give it back."""
        async with self._allowed:
            made = await self._at_hand() or await self.engine.raw_connection()
            try:
                yield made
            finally:
                if made.is_valid:
                    self._free.append((made, monotonic()))

    def cursor(self, made: PoolProxiedConnection) -> Any:
        """Answer a cursor of the driver's, as a context."""
        driver: Any = made.driver_connection
        return driver.cursor(*self._kind_of_cursor)

    def session(self, made: PoolProxiedConnection) -> AsyncSession:
        """Answer a session of SQLAlchemy's on a connection."""
        connection = Connection(self.engine.sync_engine, made)
        return AsyncSession(AsyncConnection(self.engine, connection), expire_on_commit=False)

    async def read(self, statement: Compiled, values: Values) -> list[Any]:
        """Read by itself, outside of any transaction."""
        async with self.taken() as made, self.cursor(made) as cursor:
            return await read(cursor, statement, values)

    async def close(self) -> None:
        """Close what is free; what is taken closes with its end."""
        while self._free:
            made, _ = self._free.pop()
            driver: Any = made.driver_connection
            # Whatever it says: a server that is gone has closed it already.
            with suppress(Exception):
                await (driver.close() if self.is_sqlite else driver.ensure_closed())
            made.invalidate()
        await self.engine.dispose()

    async def _at_hand(self) -> PoolProxiedConnection | None:
        """Answer a free connection that is still good."""
        while self._free:
            made, used = self._free.pop()
            if self.is_sqlite or await _is_good(made.driver_connection, monotonic() - used):
                return made
            made.invalidate()
        return None


async def _is_good(driver: Any, idle: float) -> bool:
    """Tell whether aiomysql's connection still reaches its server."""
    reader = driver._reader  # noqa: SLF001  aiomysql has nothing better to ask, and its own pool looks there.
    # What has come without having been asked for are the server's last words.
    if driver.closed or reader.at_eof() or reader.exception() is not None or reader._buffer:  # noqa: SLF001
        return False
    if idle > IDLE_SECONDS:
        try:
            await driver.ping(reconnect=False)
        except Exception:  # noqa: BLE001  Whatever is wrong with it, another connection is made.
            return False
    return True


class SqlTransaction:
    """What repositories use while a transaction is open; as a context it begins, commits or rolls back."""

    def __init__(self, connections: Connections, made: PoolProxiedConnection, cursor: Cursor) -> None:
        self._connections = connections
        self._made = made
        self._cursor = cursor
        self._driver: Any = made.driver_connection
        self._session: AsyncSession | None = None

    async def __aenter__(self) -> Self:
        # MySQL's connections begin by themselves, with the first statement.
        if self._connections.is_sqlite:
            await self._cursor.execute("BEGIN IMMEDIATE", ())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            await self._roll_back()
            return
        try:
            await self.flush()
            await self._driver.commit()
        except BaseException:
            await self._roll_back()
            raise

    @property
    def session(self) -> AsyncSession:
        """The session of objects."""
        if self._session is None:
            self._session = self._connections.session(self._made)
        return self._session

    async def run(self, statement: Compiled, values: Values | Sequence[Values]) -> int:
        """Write by the driver."""
        await self.flush()
        return await run(self._cursor, statement, values)

    async def read(self, statement: Compiled, values: Values) -> list[Any]:
        """Read by the driver."""
        await self.flush()
        return await read(self._cursor, statement, values)

    async def flush(self) -> None:
        """Write what was changed through objects."""
        session = self._session
        if session is not None and (session.new or session.dirty or session.deleted):
            await session.flush()

    async def _roll_back(self) -> None:
        """Undo what was done; a connection on which that fails is not used again, and its end undoes it.

        NOTE: a statement that waits for a lock on MySQL does not notice that its client is gone. Cancelled, its
        transaction keeps the locks that it has until that wait is over (see LOCK_WAIT_SECONDS).
        """
        try:
            # It runs after the transaction's time was over, too, and then nothing else ends it.
            async with asyncio.timeout(ROLLBACK_SECONDS):
                await self._driver.rollback()
        except Exception:  # noqa: BLE001  What ended the transaction is on its way to whoever can tell more.
            self._give_up()
        except BaseException:
            self._give_up()
            raise

    def _give_up(self) -> None:
        # SQLAlchemy may have done so already, when a statement of its session was cancelled.
        if self._made.is_valid:
            self._made.invalidate()
