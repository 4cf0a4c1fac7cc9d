"""Schema migrations by Alembic, run from code: at start, once, whichever process comes first.

On SQLite the whole upgrade is one IMMEDIATE transaction, which is its lock: the others wait, then find nothing to do.
MySQL commits each DDL statement by itself, so a named lock of the server keeps the others out.

A subgraph's `migrations/env.py` is two lines: `from shared.stores.migrations import run_migrations` and
`run_migrations(METADATA)`.
"""

from pathlib import Path
from typing import Any

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, event, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

_LOCK_SECONDS = 120


class MigrationLocked(RuntimeError):
    """Another process has been migrating the database for too long."""


async def migrate(url: str, script_location: Path) -> None:
    """Upgrade the database to the newest revision under `script_location`."""
    config = Config()
    # Config interpolates `%`.
    config.set_main_option("script_location", str(script_location).replace("%", "%%"))

    def upgrade(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    engine = _engine(url)
    try:
        async with engine.connect() as connection, connection.begin():
            if engine.dialect.name == "sqlite":
                await connection.run_sync(upgrade)
                return
            locked = await connection.scalar(text("SELECT GET_LOCK('bmc_migrations', :s)"), {"s": _LOCK_SECONDS})
            if locked != 1:
                raise MigrationLocked(f"another process has migrated the database for {_LOCK_SECONDS} s")
            try:
                await connection.run_sync(upgrade)
            finally:
                await connection.execute(text("SELECT RELEASE_LOCK('bmc_migrations')"))
    finally:
        await engine.dispose()


def run_migrations(metadata: MetaData) -> None:
    """Be the body of an env.py: run what `migrate` asked for, on its connection."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        # SQLite alters a table by copying it.
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def differences(url: str, metadata: MetaData) -> list[Any]:
    """Compare a migrated database with the tables in code; Alembic's own diff entries, empty when they agree."""
    engine = _engine(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(
                lambda sync: list(
                    compare_metadata(MigrationContext.configure(sync, opts={"compare_type": True}), metadata)
                )
            )
    finally:
        await engine.dispose()


def _engine(url: str) -> AsyncEngine:
    engine = create_async_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":

        def set_up(connection: Any, _record: object) -> None:
            connection.isolation_level = None
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={_LOCK_SECONDS * 1000}")
            cursor.close()

        event.listen(engine.sync_engine, "connect", set_up)
        event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine
