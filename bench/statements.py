"""The statements of a piece of work, as the driver got them, to be done again by the driver alone.

What is recorded are texts and parameters, by transaction; what is left out is everything that made them.
"""

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import aiomysql
import aiosqlite
from sqlalchemy.engine import make_url

from shared.stores.sql_engines import mysql_arguments
from shared.stores.sqlite_connection import SqliteCursor

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")
READERS = 8

work_number: ContextVar[int | None] = ContextVar("work_number", default=None)
"""Which piece of work the current task does; what is done without one is not recorded."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One call of the driver; `many` means executemany."""

    text: str
    parameters: Any
    many: bool


@dataclass(slots=True)
class Unit:
    """The statements of a transaction, or one that reads by itself."""

    writes: bool
    statements: list[Statement] = field(default_factory=list)


@dataclass(slots=True)
class Recorder:
    """Records each piece of work's units, in order, from the cursors of both drivers."""

    recorded: dict[int, list[Unit]] = field(default_factory=lambda: defaultdict(list))

    def listen(self) -> None:
        """Record from now on, for good: a benchmark's process ends with it."""
        self._wrap(SqliteCursor, lambda cursor: cursor._connection.open.in_transaction)  # noqa: SLF001  The bench looks inside.
        self._wrap(aiomysql.Cursor, lambda cursor: not cursor.connection.get_autocommit())

    def _wrap(self, cursors: Any, writes: Callable[[Any], bool]) -> None:
        for name in ("execute", "executemany"):
            plain = getattr(cursors, name)

            async def recording(cursor: Any, text: Any, *parameters: Any, plain: Any = plain) -> Any:
                # aiomysql's executemany calls execute with bytes.
                if parameters and isinstance(text, str) and not text.startswith("BEGIN"):
                    self._saw(Statement(text, parameters[0], plain.__name__ == "executemany"), writes(cursor))
                return await plain(cursor, text, *parameters)

            setattr(cursors, name, recording)

    def _saw(self, statement: Statement, writes: bool) -> None:
        number = work_number.get()
        if number is None:
            return
        units = self.recorded[number]
        if not (writes and units and units[-1].writes):
            units.append(Unit(writes))
        units[-1].statements.append(statement)


class Driver(Protocol):
    """A driver as one would use it by hand."""

    async def open(self) -> None:
        """Open the connections."""
        ...

    async def close(self) -> None:
        """Close them."""
        ...

    async def do(self, units: list[Unit]) -> None:
        """Do one piece of work again."""
        ...


class SqliteDriver:
    """aiosqlite: one writer behind a lock, several readers, the store's durability."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = asyncio.Lock()
        self._connections: list[aiosqlite.Connection] = []
        self._readers: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()

    async def open(self) -> None:
        for _ in range(1 + READERS):
            connection = await aiosqlite.connect(self._path, isolation_level=None)
            for pragma in PRAGMAS:
                await connection.execute(f"PRAGMA {pragma}")
            self._connections.append(connection)
        for connection in self._connections[1:]:
            self._readers.put_nowait(connection)

    async def close(self) -> None:
        for connection in self._connections:
            await connection.close()

    async def do(self, units: list[Unit]) -> None:
        for unit in units:
            if unit.writes:
                async with self._lock:
                    await self._connections[0].execute("BEGIN IMMEDIATE")
                    await self._run(self._connections[0], unit)
                    await self._connections[0].execute("COMMIT")
            else:
                reader = await self._readers.get()
                try:
                    await self._run(reader, unit)
                finally:
                    self._readers.put_nowait(reader)

    @staticmethod
    async def _run(connection: aiosqlite.Connection, unit: Unit) -> None:
        for statement in unit.statements:
            if statement.many:
                await connection.executemany(statement.text, statement.parameters)
            else:
                cursor = await connection.execute(statement.text, statement.parameters)
                await cursor.fetchall()


class MysqlDriver:
    """aiomysql: a pool whose connections begin by themselves, and one whose connections commit by themselves."""

    def __init__(self, url: str, at_once: int) -> None:
        self._url, self._at_once = make_url(url), at_once
        self._writers: Any = None
        self._readers: Any = None

    async def open(self) -> None:
        url = self._url
        arguments = {
            **mysql_arguments(url)["connect_args"],
            "host": url.host,
            "port": url.port,
            "user": url.username,
            "password": url.password,
            "db": url.database,
            "minsize": self._at_once,
            "maxsize": self._at_once,
        }
        isolation = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
        self._writers = await aiomysql.create_pool(**{**arguments, "init_command": isolation})
        self._readers = await aiomysql.create_pool(**arguments, autocommit=True)

    async def close(self) -> None:
        for pool in (self._writers, self._readers):
            pool.close()
            await pool.wait_closed()

    async def do(self, units: list[Unit]) -> None:
        for unit in units:
            async with (
                (self._writers if unit.writes else self._readers).acquire() as connection,
                connection.cursor() as cursor,
            ):
                for statement in unit.statements:
                    if statement.many:
                        await cursor.executemany(statement.text, statement.parameters)
                    else:
                        await cursor.execute(statement.text, statement.parameters)
                        await cursor.fetchall()
                if unit.writes:
                    await connection.commit()


class BareDriver:
    """sqlite3 without a loop or threads: nothing that runs these statements can be quicker."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")

    async def open(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        self._connection.close()

    async def do(self, units: list[Unit]) -> None:
        for unit in units:
            if unit.writes:
                self._connection.execute("BEGIN IMMEDIATE")
            for statement in unit.statements:
                if statement.many:
                    self._connection.executemany(statement.text, statement.parameters)
                else:
                    self._connection.execute(statement.text, statement.parameters).fetchall()
            if unit.writes:
                self._connection.execute("COMMIT")
