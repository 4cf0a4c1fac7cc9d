"""The tables in code and those that migrations make are the same, however many processes make them at once."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from shared.stores.migrations import differences, migrate
from subgraphs.appointments.app import MIGRATIONS
from subgraphs.appointments.tables import METADATA
from tests.shared.stores.databases import MYSQL_URL, mysql_database

PROCESSES = 4
MIGRATE = f"""
import asyncio, pathlib, sys
from shared.stores.migrations import migrate
sys.stdin.read()
asyncio.run(migrate({{url!r}}, pathlib.Path({str(MIGRATIONS)!r})))
"""


@pytest.fixture
def new_url(tmp_path: Path) -> Iterator[str]:
    """A store without tables: a file, or a database on the server of MYSQL_URL."""
    if not MYSQL_URL:
        yield f"sqlite+aiosqlite:///{tmp_path}/appointments.db"
        return
    with mysql_database() as url:
        yield url


async def test_migrations_make_the_tables_that_the_code_describes(new_url: str) -> None:
    await migrate(new_url, MIGRATIONS)
    await migrate(new_url, MIGRATIONS)

    assert await differences(new_url, METADATA) == []


async def test_of_processes_that_start_at_once_one_migrates_and_the_others_wait(new_url: str) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            MIGRATE.format(url=new_url),
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(PROCESSES)
    ]

    # Each has imported everything and waits for the end of its input.
    said = await asyncio.gather(*(process.communicate(b"") for process in processes))

    assert [(process.returncode, errors) for process, (_, errors) in zip(processes, said, strict=True)] == [
        (0, b"")
    ] * PROCESSES
    assert await differences(new_url, METADATA) == []


@pytest.mark.skipif(not MYSQL_URL, reason="MYSQL_URL names no server")
async def test_on_mysql_every_table_keeps_all_of_unicode_and_tells_ids_apart_by_case(new_url: str) -> None:
    await migrate(new_url, MIGRATIONS)

    assert described(new_url, "SELECT DISTINCT engine, table_collation FROM information_schema.tables") == [
        ("InnoDB", "utf8mb4_bin")
    ]
    assert described(new_url, "SELECT collation_name, COUNT(*) FROM information_schema.columns", ID_COLUMNS) == [
        ("ascii_bin", 16)
    ]
    assert described(
        new_url, "SELECT column_type, COUNT(*) FROM information_schema.columns", "data_type = 'datetime' GROUP BY 1"
    ) == [("datetime(6)", 15)]


ID_COLUMNS = "(column_name IN ('id', 'holder') OR column_name LIKE '%\\_id') GROUP BY 1"


def described(url: str, query: str, narrowing: str = "TRUE") -> list[tuple[object, ...]]:
    """Ask a database of MySQL's what it is; Alembic's own table is its own business."""
    parsed = make_url(url)
    engine = create_engine(parsed.set(drivername="mysql+pymysql"))
    own = "table_schema = :name AND table_name NOT LIKE 'alembic\\_%'"
    with engine.connect() as connection:
        rows = connection.execute(text(f"{query} WHERE {own} AND {narrowing}"), {"name": parsed.database}).all()
    engine.dispose()
    return [tuple(row) for row in rows]
