"""The statements of a piece of work on SQLite, as the driver got them, to be done again by the bare driver.

What is recorded are texts and parameters, transaction by transaction; what is left out is everything that made them.
"""

import asyncio
import sqlite3
from collections import defaultdict
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.stores.sql import SqlStore

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")
READERS = 8

work_number: ContextVar[int] = ContextVar("work_number")
"""Which piece of work the current task does."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One call of the driver; `many` means executemany."""

    text: str
    parameters: Any
    many: bool


@dataclass(slots=True)
class Transaction:
    """Statements from BEGIN to its end."""

    writes: bool
    statements: list[Statement] = field(default_factory=list)


@dataclass(slots=True)
class Recorder:
    """Records each piece of work's transactions, in order."""

    recorded: dict[int, list[Transaction]] = field(default_factory=lambda: defaultdict(list))

    def listen(self, store: SqlStore, reading: AsyncEngine) -> None:
        """Record everything that a store's engines do."""
        for engine, writes in ((store.engine, True), (reading, False)):
            event.listen(engine.sync_engine, "before_cursor_execute", lambda *call, w=writes: self._saw(w, *call))

    def _saw(self, writes: bool, *call: Any) -> None:
        _, _, text, parameters, _, many = call
        transactions = self.recorded[work_number.get()]
        if text.startswith("BEGIN"):
            transactions.append(Transaction(writes))
        else:
            transactions[-1].statements.append(Statement(text, parameters, many))


class AsyncDriver:
    """aiosqlite as one would use it by hand: one writer behind a lock, several readers, the store's durability."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = asyncio.Lock()
        self._connections: list[aiosqlite.Connection] = []
        self._readers: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()

    async def open(self) -> None:
        """Open the connections."""
        for _ in range(1 + READERS):
            connection = await aiosqlite.connect(self._path, isolation_level=None)
            for pragma in PRAGMAS:
                await connection.execute(f"PRAGMA {pragma}")
            self._connections.append(connection)
        for connection in self._connections[1:]:
            self._readers.put_nowait(connection)

    async def close(self) -> None:
        """Close them."""
        for connection in self._connections:
            await connection.close()

    async def do(self, transactions: list[Transaction]) -> None:
        """Do one piece of work again."""
        for transaction in transactions:
            if transaction.writes:
                async with self._lock:
                    await _do_async(self._connections[0], transaction, "BEGIN IMMEDIATE", "COMMIT")
            else:
                reader = await self._readers.get()
                try:
                    await _do_async(reader, transaction, "BEGIN", "ROLLBACK")
                finally:
                    self._readers.put_nowait(reader)


async def _do_async(connection: aiosqlite.Connection, transaction: Transaction, begin: str, end: str) -> None:
    await connection.execute(begin)
    for statement in transaction.statements:
        if statement.many:
            await connection.executemany(statement.text, statement.parameters)
        else:
            cursor = await connection.execute(statement.text, statement.parameters)
            await cursor.fetchall()
    await connection.execute(end)


class BareDriver:
    """sqlite3 without a loop or threads: nothing that runs these statements can be quicker."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")

    def do(self, transactions: list[Transaction]) -> None:
        """Do one piece of work again."""
        for transaction in transactions:
            self._connection.execute("BEGIN IMMEDIATE" if transaction.writes else "BEGIN")
            for statement in transaction.statements:
                if statement.many:
                    self._connection.executemany(statement.text, statement.parameters)
                else:
                    self._connection.execute(statement.text, statement.parameters).fetchall()
            self._connection.execute("COMMIT" if transaction.writes else "ROLLBACK")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
