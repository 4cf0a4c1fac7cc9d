"""The tables in code and those that migrations make are the same."""

from pathlib import Path

from shared.stores.migrations import differences, migrate
from subgraphs.appointments.app import MIGRATIONS
from subgraphs.appointments.tables import METADATA


async def test_migrations_make_the_tables_that_the_code_describes(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/appointments.db"

    await migrate(url, MIGRATIONS)
    await migrate(url, MIGRATIONS)

    assert await differences(url, METADATA) == []
