"""SQLite's connections as SQLAlchemy's asyncio wants them, without a thread for everything.

aiosqlite sends each call to a thread and back: a cursor, a statement, its rows, the cursor's end. A booking made forty
such trips. A trip costs more than most statements, and in a busy process each of them waits for the interpreter's
lock, the longer the busier. So what only touches memory runs where it is: reads by key or by page, inserts within a
transaction, all of them tens of microseconds. What may take long goes to the connection's one thread: `COMMIT`, which
waits for the disk; changes and deletions, which may mean many rows; and `BEGIN IMMEDIATE`, if it must wait for another
process.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self, TypeVar

Answer = TypeVar("Answer")

_LONG = ("BEGIN IMMEDIATE", "COMMIT", "DELETE", "UPDATE", "CREATE", "DROP", "ALTER", "PRAGMA")


async def connect(path: str) -> "SqliteConnection":
    """Open a database file; transactions are begun and ended by statements."""
    # The connection is used on two threads, never at once: whoever waits for the one thread does nothing meanwhile.
    return SqliteConnection(sqlite3.connect(path, isolation_level=None, check_same_thread=False))


class SqliteConnection:
    """One connection, with the methods of aiosqlite's that SQLAlchemy calls."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        # SQLAlchemy looks whether `_connection` is there to tell an open connection from a closed one.
        self._connection: sqlite3.Connection | None = connection
        self._thread: ThreadPoolExecutor | None = None

    def cursor(self) -> "SqliteCursor":
        return SqliteCursor(self)

    async def create_function(self, *given: Any, **named: Any) -> None:
        self.open.create_function(*given, **named)

    async def commit(self) -> None:
        await self.on_thread(self.open.commit)

    async def rollback(self) -> None:
        self.open.rollback()

    async def close(self) -> None:
        self.stop()

    def stop(self) -> None:
        """Close at once; does nothing to a closed one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        if self._thread is not None:
            self._thread.shutdown(wait=False)

    @property
    def open(self) -> sqlite3.Connection:
        """The connection; raises in the words by which SQLAlchemy knows a lost one."""
        if self._connection is None:
            raise sqlite3.ProgrammingError("connection closed")
        return self._connection

    def without_waiting(self, call: Callable[[], object]) -> bool:
        """Run a call here; False, and nothing done, if another process has the lock that it needs."""
        ((patience,),) = self.open.execute("PRAGMA busy_timeout")
        self.open.execute("PRAGMA busy_timeout = 0")
        try:
            call()
        except sqlite3.OperationalError as error:
            if "database is locked" not in str(error):
                raise
            return False
        finally:
            self.open.execute(f"PRAGMA busy_timeout = {patience}")
        return True

    async def on_thread(self, call: Callable[[], Answer]) -> Answer:
        """Run a call on the connection's thread. Even a cancelled task waits for it: nothing else may come between."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
        running = asyncio.get_running_loop().run_in_executor(self._thread, call)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise


class SqliteCursor:
    """One statement and its rows, which are fetched with it."""

    arraysize = 1

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def execute(self, text: str, parameters: Sequence[Any] = ()) -> Self:
        await self._run(text, lambda cursor: cursor.execute(text, parameters))
        return self

    async def executemany(self, text: str, rows: Iterable[Sequence[Any]]) -> Self:
        await self._run(text, lambda cursor: cursor.executemany(text, rows))
        return self

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        """Nothing is open: the rows were fetched with their statement."""

    async def _run(self, text: str, call: Callable[[sqlite3.Cursor], object]) -> None:
        connection = self._connection.open

        def work() -> None:
            cursor = connection.cursor()
            try:
                call(cursor)
                self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
                self._rows = cursor.fetchall() if cursor.description else []
            finally:
                cursor.close()

        if text.startswith("BEGIN IMMEDIATE") and self._connection.without_waiting(work):
            return
        if text.startswith(_LONG):
            await self._connection.on_thread(work)
        else:
            work()
