"""What only a real MySQL (or MariaDB) can show of the SQL store: deadlocks, lock waits, keys' names, collations."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, Text, bindparam, insert, select, text, update
from sqlalchemy.exc import DataError

from shared.stores.sql import SqlStore
from shared.stores.sql_connections import Connections
from shared.stores.sql_errors import DuplicateKey
from shared.stores.sql_outbox import outbox_tables
from shared.stores.sql_statements import Command, Query
from shared.stores.sql_types import TABLE_OPTIONS
from shared.stores.transactions import StoreUnavailable
from tests.shared.stores.databases import MYSQL_URL, mysql_database

pytestmark = pytest.mark.skipif(not MYSQL_URL, reason="MYSQL_URL names no server")

METADATA = MetaData()
THINGS = Table(
    "things",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("name", String(8), unique=True),
    Column("words", Text),
    Column("n", Integer),
    **TABLE_OPTIONS,
)
outbox_tables(METADATA)
ADD = Command(insert(THINGS))
COUNT_UP = Command(update(THINGS).where(THINGS.c.id == bindparam("thing")).values(n=THINGS.c.n + 1))
ALL = Query(select(THINGS.c.id, THINGS.c.name, THINGS.c.words, THINGS.c.n).order_by(THINGS.c.id))


@pytest.fixture
async def store() -> AsyncIterator[SqlStore]:
    with mysql_database() as url:
        opened = await SqlStore.open(url)
        async with opened.engine.begin() as connection:
            await connection.run_sync(METADATA.create_all)
        await opened.transaction(lambda: opened.run(ADD, [thing("a"), thing("b")]))
        yield opened
        await opened.close()


def thing(id_: str, words: str = "") -> dict[str, object]:
    return {"id": id_, "name": f"name {id_}", "words": words, "n": 0}


async def counts(store: SqlStore) -> dict[str, int | None]:
    return {id_: n for id_, _, _, n in await store.read(ALL)}


async def test_of_transactions_that_deadlock_one_is_run_again_and_both_are_kept(store: SqlStore) -> None:
    attempts = 0
    both = asyncio.Barrier(2)

    def in_order(*ids: str) -> Callable[[], Awaitable[None]]:
        async def work() -> None:
            nonlocal attempts
            attempts += 1
            await store.run(COUNT_UP, {"thing": ids[0]})
            if attempts <= 2:
                await both.wait()
            await store.run(COUNT_UP, {"thing": ids[1]})

        return work

    await asyncio.gather(store.transaction(in_order("a", "b")), store.transaction(in_order("b", "a")))

    assert attempts == 3
    assert await counts(store) == {"a": 2, "b": 2}


async def test_a_lock_that_does_not_come_in_time_is_waited_for_again(store: SqlStore) -> None:
    attempts, locked, enough = 0, asyncio.Event(), asyncio.Event()

    async def holding() -> None:
        await store.run(COUNT_UP, {"thing": "a"})
        locked.set()
        await enough.wait()

    async def waiting() -> None:
        nonlocal attempts
        attempts += 1
        await store.session.execute(text("SET SESSION innodb_lock_wait_timeout = 1"))
        if attempts == 2:
            enough.set()
        await store.run(COUNT_UP, {"thing": "a"})

    held = asyncio.create_task(store.transaction(holding))
    await locked.wait()
    await store.transaction(waiting)
    await held

    assert attempts == 2
    assert await counts(store) == {"a": 2, "b": 0}


async def test_a_refused_key_is_told_by_its_name_and_nothing_of_the_transaction_is_kept(store: SqlStore) -> None:
    async def work(row: dict[str, object]) -> None:
        await store.run(COUNT_UP, {"thing": "b"})
        await store.run(ADD, row)

    with pytest.raises(DuplicateKey) as by_id:
        await store.transaction(lambda: work(thing("a")))
    with pytest.raises(DuplicateKey) as by_name:
        await store.transaction(lambda: work({**thing("c"), "name": "name a"}))

    assert (by_id.value.key, by_name.value.key) == ("PRIMARY", "name")
    assert await counts(store) == {"a": 0, "b": 0}


async def test_ids_that_differ_by_case_are_two_and_every_script_is_kept(store: SqlStore) -> None:
    words = "ज़ुकाम, খাঁসি, இருமல் 🤒"
    await store.transaction(lambda: store.run(ADD, {**thing("A", words), "name": "NAME A"}))

    assert await store.read(ALL) == [("A", "NAME A", words, 0), ("a", "name a", "", 0), ("b", "name b", "", 0)]


async def test_what_does_not_fit_is_an_error_and_not_cut(store: SqlStore) -> None:
    async def work() -> None:
        await store.session.execute(insert(THINGS).values(thing("much too long an id")))

    with pytest.raises(DataError, match="Data too long"):
        await store.transaction(work)


async def test_transactions_see_what_others_commit_meanwhile_and_reads_commit_by_themselves(store: SqlStore) -> None:
    seen: list[dict[str, int | None]] = []

    async def looking() -> None:
        seen.append(await counts(store))
        await asyncio.create_task(elsewhere())
        seen.append(await counts(store))

    async def elsewhere() -> None:
        async with store.engine.begin() as connection:
            await connection.execute(update(THINGS).values(n=7))

    await store.transaction(looking)

    assert seen == [{"a": 0, "b": 0}, {"a": 7, "b": 7}]
    writing, reading = [await settings_of(each) for each in (store.engines.writing, store.engines.reading)]
    assert writing == {
        "isolation": "READ-COMMITTED",
        "autocommit": "OFF",
        "innodb_lock_wait_timeout": "5",
        "character_set_client": "utf8mb4",
    }
    assert reading["autocommit"] == "ON"


async def settings_of(connections: Connections) -> dict[str, str]:
    """Ask a connection's settings; MySQL and MariaDB call one of them differently."""
    names = ("autocommit", "innodb_lock_wait_timeout", "character_set_client", "tx_isolation", "transaction_isolation")
    async with connections.taken() as made, connections.cursor(made) as cursor:
        await cursor.execute(f"SHOW SESSION VARIABLES WHERE Variable_name IN {names}")
        return {"isolation" if "isolation" in name else name: value for name, value in await cursor.fetchall()}


async def test_a_statement_that_is_cancelled_keeps_no_lock_and_its_connection_is_not_used_again(
    store: SqlStore,
) -> None:
    locked, enough = asyncio.Event(), asyncio.Event()

    async def holding() -> None:
        await store.run(COUNT_UP, {"thing": "b"})
        locked.set()
        await enough.wait()

    async def waiting() -> None:
        await store.run(COUNT_UP, {"thing": "a"})
        await store.run(COUNT_UP, {"thing": "b"})

    held = asyncio.create_task(store.transaction(holding))
    await locked.wait()
    cancelled = asyncio.create_task(store.transaction(waiting))
    await until_a_transaction_waits(store)
    cancelled.cancel()
    await asyncio.wait([cancelled])
    await store.transaction(lambda: store.run(COUNT_UP, {"thing": "a"}))
    enough.set()
    await held

    assert cancelled.cancelled()
    assert await counts(store) == {"a": 1, "b": 1}


async def until_a_transaction_waits(store: SqlStore) -> None:
    waiting = text("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'")
    while True:
        async with store.reading() as session:
            for _, number in await session.execute(waiting):
                if int(number):
                    return


async def test_more_transactions_than_connections_wait_for_their_turn(store: SqlStore) -> None:
    await asyncio.gather(*(store.transaction(lambda: store.run(COUNT_UP, {"thing": "a"})) for _ in range(100)))
    reads = await asyncio.gather(*(counts(store) for _ in range(100)))

    assert reads == [{"a": 100, "b": 0}] * 100


async def test_whoever_waits_too_long_is_told_that_the_store_does_not_answer() -> None:
    with mysql_database() as url:
        store = await SqlStore.open(url, answer_seconds=0.2)

        async def work() -> None:
            await store.session.execute(text("SELECT SLEEP(60)"))

        with pytest.raises(StoreUnavailable):
            await store.transaction(work)
        with pytest.raises(StoreUnavailable):
            async with store.reading() as session:
                await session.execute(text("SELECT SLEEP(60)"))

        async with store.reading() as session:
            assert await session.scalar(text("SELECT 1")) == 1
        await store.close()
