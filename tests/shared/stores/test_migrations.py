"""Going back to the version before: its code runs on tables that a later one has only added to, and on no others."""

from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.stores.migrations import TablesTooNew, differences, migrate

ENV = """
from sqlalchemy import MetaData
from shared.stores.migrations import run_migrations
run_migrations(MetaData())
"""
SCRIPT = """
from alembic import op
revision = "{number}"
down_revision = {before!r}
branch_labels = depends_on = None
expands = {expands}

def upgrade():
    op.execute("{statement}")
"""
STATEMENTS = {
    1: "CREATE TABLE visits (id INTEGER)",
    2: "ALTER TABLE visits ADD COLUMN room TEXT DEFAULT 'any'",
    3: "ALTER TABLE visits ADD COLUMN floor INTEGER DEFAULT 0",
    4: "ALTER TABLE visits DROP COLUMN room",
}


def version(folder: Path, *numbers: int) -> Path:
    """Make the scripts that come with a version of the code; those after the first, but the fourth, only add."""
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENV)
    for number in numbers:
        script = SCRIPT.format(
            number=number,
            before=str(number - 1) if number > 1 else None,
            expands=number in {2, 3},
            statement=STATEMENTS[number],
        )
        (folder / "versions" / f"{number}.py").write_text(script)
    return folder


async def revision(url: str) -> list[str]:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = list(await connection.scalars(text("SELECT version_num FROM alembic_version")))
    await engine.dispose()
    return found


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/visits.db"


async def test_code_of_before_starts_on_tables_that_were_only_added_to_and_changes_nothing(
    tmp_path: Path, url: str
) -> None:
    first, third = version(tmp_path / "first", 1), version(tmp_path / "third", 1, 2, 3)
    await migrate(url, third)

    await migrate(url, first)

    assert await revision(url) == ["3"]
    await migrate(url, third)
    assert await revision(url) == ["3"]


async def test_code_of_before_refuses_tables_from_which_something_was_taken(tmp_path: Path, url: str) -> None:
    third, fourth = version(tmp_path / "third", 1, 2, 3), version(tmp_path / "fourth", 1, 2, 3, 4)
    await migrate(url, third)
    await migrate(url, fourth)

    with pytest.raises(TablesTooNew, match=r"cannot use: Can't locate revision"):
        await migrate(url, third)

    assert await revision(url) == ["4"]


async def test_which_code_fits_is_no_difference_between_the_tables_and_the_code(tmp_path: Path, url: str) -> None:
    described = MetaData()
    Table("visits", described, Column("id", Integer))

    await migrate(url, version(tmp_path / "first", 1))

    assert await differences(url, described) == []
