"""What is particular to the SQL store: its column type, its reads, its migrations."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, func, insert, select, text
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.exc import StatementError
from sqlalchemy.schema import CreateTable

from shared.clock import ManualClock
from shared.stores.migrations import differences, migrate
from shared.stores.sql import INBOX_AGE, SqlStore
from shared.stores.sql_outbox import outbox_tables
from shared.stores.sql_types import UtcDateTime
from tests.shared.events.events import NOON

METADATA = MetaData()
MOMENTS = Table("moments", METADATA, Column("id", Integer, primary_key=True), Column("at", UtcDateTime))
TABLES = outbox_tables(METADATA)
ENV = """
from shared.stores.migrations import run_migrations
from sqlalchemy import MetaData

run_migrations(MetaData())
"""
REVISION = """
import sqlalchemy as sa
from alembic import op
from shared.stores.sql_outbox import outbox_tables
from shared.stores.sql_types import UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    metadata = sa.MetaData()
    outbox_tables(metadata)
    metadata.create_all(op.get_bind())
    op.create_table("moments", sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", UtcDateTime))
"""
BROKEN_REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table("half", sa.Column("id", sa.Integer))
    raise KeyError("broken")
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/100% store.db"


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    folder = tmp_path / "100% migrations"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENV)
    (folder / "versions" / "0001_first.py").write_text(REVISION)
    return folder


async def open_migrated(url: str, scripts: Path, clock: ManualClock | None = None) -> SqlStore:
    await migrate(url, scripts)
    return await SqlStore.open(url, clock=clock)


async def test_an_instant_comes_back_aware_in_utc_with_its_microseconds(url: str, scripts: Path) -> None:
    store = await open_migrated(url, scripts)
    kolkata = datetime(2027, 3, 1, 9, 30, 0, 123_456, tzinfo=timezone(timedelta(hours=5.5)))

    async def work() -> None:
        await store.session.execute(insert(MOMENTS).values(id=1, at=kolkata))
        await store.session.execute(insert(MOMENTS).values(id=2, at=None))

    await store.transaction(work)

    async with store.reading() as session:
        kept = list(await session.scalars(select(MOMENTS.c.at).order_by(MOMENTS.c.id)))
    assert kept == [datetime(2027, 3, 1, 4, 0, 0, 123_456, tzinfo=UTC), None]
    await store.close()


async def test_a_naive_instant_is_refused(url: str, scripts: Path) -> None:
    store = await open_migrated(url, scripts)

    async def work() -> None:
        await store.session.execute(insert(MOMENTS).values(id=1, at=NOON.replace(tzinfo=None)))

    with pytest.raises(StatementError, match="has no time zone"):
        await store.transaction(work)
    await store.close()


def test_mysql_is_told_to_keep_microseconds_and_to_compare_ids_byte_by_byte() -> None:
    on_mysql = str(CreateTable(TABLES.inbox).compile(dialect=mysql.dialect()))
    on_sqlite = str(CreateTable(TABLES.outbox).compile(dialect=sqlite.dialect()))

    assert "at DATETIME(6) NOT NULL" in on_mysql
    assert "event_id VARCHAR(128) COLLATE ascii_bin NOT NULL" in on_mysql
    assert "number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT" in on_sqlite


async def test_reads_see_their_own_transactions_writes_and_nobody_elses(url: str, scripts: Path) -> None:
    store = await open_migrated(url, scripts)

    async def count() -> int:
        async with store.reading() as session:
            return await session.scalar(select(func.count()).select_from(MOMENTS)) or 0

    written, looked = asyncio.Event(), asyncio.Event()

    async def work() -> int:
        await store.session.execute(insert(MOMENTS).values(id=1))
        written.set()
        await looked.wait()
        return await count()

    writing = asyncio.create_task(store.transaction(work))
    await written.wait()
    assert await count() == 0
    looked.set()
    assert await writing == 1
    assert await count() == 1
    await store.close()


async def test_a_writer_of_another_process_is_waited_for(url: str, scripts: Path, tmp_path: Path) -> None:
    store, other = await open_migrated(url, scripts), await SqlStore.open(url)
    begun = asyncio.Event()

    async def slow() -> None:
        await other.session.execute(insert(MOMENTS).values(id=1))
        begun.set()
        await asyncio.sleep(0.05)

    async def work() -> None:
        await store.session.execute(insert(MOMENTS).values(id=2))

    writing = asyncio.create_task(other.transaction(slow))
    await begun.wait()
    await store.transaction(work)
    await writing

    async with store.reading() as session:
        assert list(await session.scalars(select(MOMENTS.c.id))) == [1, 2]
    await store.close()
    await other.close()


async def test_writers_of_two_processes_conflict_at_the_start_and_not_half_way(url: str, scripts: Path) -> None:
    stores, attempts = [await open_migrated(url, scripts), await SqlStore.open(url)], 0

    async def write(store: SqlStore) -> None:
        nonlocal attempts
        attempts += 1
        last = await store.session.scalar(select(func.max(MOMENTS.c.id)))
        await store.session.execute(insert(MOMENTS).values(id=(last or 0) + 1))

    await asyncio.gather(*(store.transaction(partial(write, store)) for store in stores * 10))

    assert attempts == 20
    for store in stores:
        await store.close()


async def test_inbox_marks_are_forgotten_after_thirty_days(url: str, scripts: Path) -> None:
    clock = ManualClock(NOON)
    store = await open_migrated(url, scripts, clock)

    async def first() -> bool:
        return await store.first_time("reader", "evt_1")

    assert await store.transaction(first) is True
    clock.advance(INBOX_AGE)
    await store.tidy()
    assert await store.transaction(first) is False

    clock.advance(timedelta(milliseconds=1))
    await store.tidy()
    assert await store.transaction(first) is True
    await store.close()


async def test_foreign_keys_hold_and_the_log_is_written_ahead(url: str, scripts: Path) -> None:
    store = await open_migrated(url, scripts)

    async with store.reading() as session:
        kept = [
            await session.scalar(text(f"PRAGMA {name}")) for name in ("foreign_keys", "journal_mode", "synchronous")
        ]

    assert kept == [1, "wal", 2]
    await store.close()


async def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a file"):
        await SqlStore.open("sqlite+aiosqlite://")


async def test_several_starts_at_once_migrate_once_and_match_the_code(url: str, scripts: Path) -> None:
    await asyncio.gather(*(migrate(url, scripts) for _ in range(4)))

    assert await differences(url, METADATA) == []


async def test_a_table_that_no_migration_makes_is_a_difference(url: str, scripts: Path) -> None:
    await migrate(url, scripts)
    metadata = MetaData()
    outbox_tables(metadata)
    Table("moments", metadata, Column("id", Integer, primary_key=True), Column("at", UtcDateTime))
    Table("forgotten", metadata, Column("id", Integer, primary_key=True))

    assert [entry[0] for entry in await differences(url, metadata)] == ["add_table"]


async def test_a_database_of_the_newest_revision_is_left_alone(url: str, scripts: Path) -> None:
    await migrate(url, scripts)
    (scripts / "env.py").write_text("raise AssertionError('nothing was to be done')")

    await migrate(url, scripts)


@pytest.mark.parametrize("header", ['revision: str = "0002"\n', "revision = '0002'\n", "revision = str(2).zfill(4)\n"])
async def test_a_newer_revision_is_found_however_its_header_is_written(url: str, scripts: Path, header: str) -> None:
    await migrate(url, scripts)
    body = 'down_revision = "0001"\n\n\ndef upgrade() -> None:\n    op.drop_table("moments")\n'
    (scripts / "versions" / "0002_second.py").write_text(f"from alembic import op\n\n{header}{body}")

    await migrate(url, scripts)

    assert "add_table" in [entry[0] for entry in await differences(url, METADATA)]


async def test_a_migration_that_fails_leaves_nothing_behind(url: str, scripts: Path) -> None:
    (scripts / "versions" / "0002_second.py").write_text(BROKEN_REVISION)

    with pytest.raises(KeyError, match="broken"):
        await migrate(url, scripts)

    engine = create_engine(url.replace("+aiosqlite", ""))
    with engine.connect() as connection:
        tables = list(connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")))
    engine.dispose()
    assert tables == []
