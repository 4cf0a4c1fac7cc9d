"""The SQLite connection: what runs where it is, what goes to a thread, and that nothing comes between."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.stores.sqlite_connection import SqliteConnection, connect


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[SqliteConnection]:
    opened = await connect(str(tmp_path / "store.db"))
    await opened.create_function("on_thread", 0, lambda: threading.current_thread().name)
    await run(opened, "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT)")
    yield opened
    await opened.close()


async def run(connection: SqliteConnection, text: str, *parameters: object) -> list[tuple[object, ...]]:
    cursor = await connection.cursor().__aenter__()
    await cursor.execute(text, parameters)
    return await cursor.fetchall()


async def test_reads_and_inserts_run_where_they_are_and_changes_on_a_thread(connection: SqliteConnection) -> None:
    here = threading.current_thread().name
    assert await run(connection, "SELECT on_thread()") == [(here,)]
    assert await run(connection, "INSERT INTO things (name) VALUES (on_thread()) RETURNING name") == [(here,)]
    ((changed,),) = await run(connection, "UPDATE things SET name = on_thread() RETURNING name")
    assert str(changed).startswith("sqlite")


async def test_a_cursor_tells_what_its_statement_did(connection: SqliteConnection) -> None:
    cursor = connection.cursor()
    await cursor.executemany("INSERT INTO things (name) VALUES (?)", [("a",), ("b",)])
    assert (cursor.rowcount, cursor.description, await cursor.fetchall()) == (2, None, [])
    await cursor.execute("INSERT INTO things (name) VALUES (?)", ["c"])
    assert cursor.lastrowid == 3
    await cursor.execute("SELECT id, name FROM things WHERE id > ?", [1])
    assert [column[0] for column in cursor.description] == ["id", "name"]
    assert await cursor.fetchall() == [(2, "b"), (3, "c")]


async def test_a_cancelled_task_waits_until_its_statement_has_ended(connection: SqliteConnection) -> None:
    begun, let_go = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        let_go.wait(10)
        return "changed"

    await connection.create_function("slow", 0, slow)
    await run(connection, "INSERT INTO things (name) VALUES ('as it was')")
    change = asyncio.create_task(run(connection, "UPDATE things SET name = slow()"))
    await asyncio.to_thread(begun.wait, 10)

    change.cancel()
    await asyncio.sleep(0)
    assert not change.done()
    let_go.set()
    with pytest.raises(asyncio.CancelledError):
        await change

    assert await run(connection, "SELECT name FROM things") == [("changed",)]


async def test_a_writer_begins_at_once_and_waits_on_the_thread_for_another_process(
    connection: SqliteConnection, tmp_path: Path
) -> None:
    await run(connection, "PRAGMA busy_timeout = 10000")
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    at_once = asyncio.create_task(run(connection, "BEGIN IMMEDIATE"))
    await asyncio.sleep(0)
    assert at_once.done()
    await connection.rollback()
    other.execute("BEGIN IMMEDIATE")

    beginning = asyncio.create_task(run(connection, "BEGIN IMMEDIATE"))
    await asyncio.sleep(0)
    assert not beginning.done()
    other.execute("ROLLBACK")
    await beginning

    assert connection.open.in_transaction
    assert await run(connection, "PRAGMA busy_timeout") == [(10_000,)]
    await connection.rollback()
    other.close()


async def test_what_is_rolled_back_is_gone_and_what_is_committed_stays(connection: SqliteConnection) -> None:
    for end in (connection.rollback, connection.commit):
        await run(connection, "BEGIN IMMEDIATE")
        await run(connection, "INSERT INTO things (name) VALUES ('kept')")
        await end()
    assert await run(connection, "SELECT name FROM things") == [("kept",)]


async def test_a_closed_connection_says_so_and_closes_once(tmp_path: Path) -> None:
    connection = await connect(str(tmp_path / "store.db"))
    await connection.close()
    connection.stop()
    with pytest.raises(sqlite3.ProgrammingError, match="connection closed"):
        await run(connection, "SELECT 1")
