"""Schema migrations by Alembic, run from code: at start, once, whichever process comes first.

On SQLite the whole upgrade is one IMMEDIATE transaction, which is its lock: the others wait, then find nothing to do.
MySQL commits each DDL statement by itself, so a named lock of the server keeps the others out; every other statement
commits by itself too, or the next process would have the lock before it can see the revision. One that fails half way
has done half its work there: a migration for MySQL is small, or its parts bear being done again.

A subgraph's `migrations/env.py` is two lines: `from shared.stores.migrations import run_migrations` and
`run_migrations(METADATA)`.

A script that says `expands = True` only adds, so that the version before it runs on its tables too. The database keeps
(in `alembic_fits`) which revisions' code may run on it: its own, and those before it back to the last script that does
not say so. Code of one of those starts and migrates nothing, which is how one goes back to the version before; any
other code that does not know the database's revision refuses.

Alembic is a large library, and most starts find nothing to do: they compare the revision that the database keeps with
the scripts' own headers, and import Alembic only where the two differ.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, MetaData, String, Table, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from shared.stores.sql_engines import mysql_arguments
from shared.stores.sql_types import TABLE_OPTIONS

_LOCK_SECONDS = 120
_FITS = "alembic_fits"
_REVISION = re.compile(r"""^revision(?:: [^=]+)? = ["'](\w+)["']""", re.MULTILINE)
_EARLIER = re.compile(r"""^down_revision(?:: [^=]+)? = (?:None|["'](\w+)["'])""", re.MULTILINE)


_TABLE = Table(_FITS, MetaData(), Column("revision", String(32), primary_key=True), **TABLE_OPTIONS)


class MigrationLocked(RuntimeError):
    """Another process has been migrating the database for too long."""


class TablesTooNew(RuntimeError):
    """A later version has migrated the database to what this one cannot use."""


async def migrate(url: str, script_location: Path) -> None:
    """Upgrade the database to the newest revision under `script_location`; raises TablesTooNew."""
    engine = _engine(url)

    def upgrade(connection: Connection) -> None:
        _upgrade(connection, script_location)

    try:
        if await _fits(engine, script_location):
            return
        async with engine.connect() as connection, _alone(connection):
            await connection.run_sync(upgrade)
    finally:
        await engine.dispose()


@asynccontextmanager
async def _alone(connection: AsyncConnection) -> AsyncIterator[None]:
    """Keep other processes out."""
    if connection.dialect.name == "sqlite":
        async with connection.begin():
            yield
        return
    # The server has one set of names for all its databases, of at most 64 characters.
    lock = {"name": f"bmc_migrations.{connection.engine.url.database}"[:64], "seconds": _LOCK_SECONDS}
    if await connection.scalar(text("SELECT GET_LOCK(:name, :seconds)"), lock) != 1:
        raise MigrationLocked(f"another process has migrated the database for {_LOCK_SECONDS} s")
    try:
        yield
    finally:
        await connection.execute(text("SELECT RELEASE_LOCK(:name)"), lock)


async def _fits(engine: AsyncEngine, script_location: Path) -> bool:
    """Tell whether the newest code may run on the database as it is."""
    newest = _newest(script_location)
    if newest is None:
        return False
    for table, column in (("alembic_version", "version_num"), (_FITS, "revision")):
        try:
            async with engine.connect() as connection:
                if newest in await connection.scalars(text(f"SELECT {column} FROM {table}")):  # noqa: S608 (ours)
                    return True
        except DBAPIError:
            # There is no such table yet; if something else is wrong, the upgrade will say what.
            continue
    return False


def _newest(script_location: Path) -> str | None:
    """Answer the revision that no other follows; None if the headers do not tell, or tell of several."""
    revisions: set[str] = set()
    followed: set[str] = set()
    for script in script_location.glob("versions/*.py"):
        header = script.read_text()
        revision, earlier = _REVISION.search(header), _EARLIER.search(header)
        if revision is None or earlier is None:
            return None
        revisions.add(revision[1])
        followed.add(earlier[1])
    newest = revisions - followed
    return newest.pop() if len(newest) == 1 else None


def _upgrade(connection: Connection, script_location: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    # Config interpolates `%`.
    config.set_main_option("script_location", str(script_location).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise TablesTooNew(f"the tables are those of a version that this one cannot use: {error}") from None
    fitting = []
    for script in ScriptDirectory.from_config(config).walk_revisions():
        fitting.append({"revision": script.revision})
        if not getattr(script.module, "expands", False):
            break
    _TABLE.create(connection, checkfirst=True)
    connection.execute(_TABLE.delete())
    connection.execute(_TABLE.insert(), fitting)


def run_migrations(metadata: MetaData) -> None:
    """Be the body of an env.py: run what `migrate` asked for, on its connection."""
    from alembic import context

    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        # SQLite alters a table by copying it.
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        include_name=_is_not_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


def _is_not_ours(name: str | None, kind: str, _parents: object) -> bool:
    return (kind, name) != ("table", _FITS)


async def differences(url: str, metadata: MetaData) -> list[Any]:
    """Compare a migrated database with the tables in code; Alembic's own diff entries, empty when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = _engine(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(
                lambda sync: list(
                    compare_metadata(
                        MigrationContext.configure(sync, opts={"compare_type": True, "include_name": _is_not_ours}),
                        metadata,
                    )
                )
            )
    finally:
        await engine.dispose()


def _engine(url: str) -> AsyncEngine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_async_engine(**mysql_arguments(parsed), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    engine = create_async_engine(url, poolclass=NullPool)

    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_LOCK_SECONDS * 1000}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", set_up)
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine
