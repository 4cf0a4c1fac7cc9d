"""Engines, set up for how the store uses them.

SQLite: one connection writes, eight others read, and see a snapshot.

MySQL: what writes runs READ COMMITTED, since under REPEATABLE READ a relay's scan would lock gaps and block every
insert; what reads commits by itself, which spares its transactions. A client from which nothing comes is forsaken soon:
one that was stopped, or cut off by the network, within a transaction would keep its locks for the eight hours of the
server's own wait_timeout. Strict, whatever the server's configuration says:
a value that does not fit is an error, and not a shorter value.
"""

import ssl
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any

from sqlalchemy import NullPool, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.stores.sql_connections import Connections
from shared.stores.sqlite_connection import connect

SQLITE_READERS = 8
MYSQL_CONNECTIONS = 16
"""That many of a process write at once, and that many read."""
CONNECT_SECONDS = 5
LOCK_WAIT_SECONDS = 5
ANSWER_SECONDS = 30.0
"""A transaction, or a read, that takes longer is given up."""
LATE_SECONDS = 5
"""MySQL gives a transaction up so much later than its client does."""
_SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")
_SQL_MODE = "'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"


@dataclass(frozen=True, slots=True)
class Engines:
    """Where transactions run, and where what only reads does."""

    writing: Connections
    reading: Connections

    async def close(self) -> None:
        """Close every connection."""
        await self.writing.close()
        await self.reading.close()


def open_engines(url: str, answer_seconds: float = ANSWER_SECONDS) -> Engines:
    """Make engines for `sqlite+aiosqlite:///path` or `mysql+aiomysql://…`; they connect when they are used."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in {None, "", ":memory:"}:
            raise ValueError("the SQLite store needs a file: a database in memory has one connection")
        reading = _sqlite(parsed)
        # The driver would begin at the first write only.
        event.listen(reading.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        return Engines(Connections(_sqlite(parsed), 1), Connections(reading, SQLITE_READERS))
    arguments = mysql_arguments(parsed, answer_seconds)
    writing = create_async_engine(**arguments, isolation_level="READ COMMITTED", poolclass=NullPool)
    reading = create_async_engine(
        **arguments, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True, poolclass=NullPool
    )
    return Engines(Connections(writing, MYSQL_CONNECTIONS), Connections(reading, MYSQL_CONNECTIONS))


def mysql_arguments(url: URL, answer_seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
    """Answer the arguments of `create_async_engine` that say which server, and how to talk to it.

    `?tls=1` in the URL encrypts and checks the server's name against the system's authorities, `?tls=/path/to/ca.pem`
    against these.
    """
    tls = url.query.get("tls")
    session = {
        "innodb_lock_wait_timeout": LOCK_WAIT_SECONDS,
        "wait_timeout": ceil(answer_seconds) + LATE_SECONDS,
        # MySQL would cut what GROUP_CONCAT makes at a kilobyte, and say so in a warning.
        "group_concat_max_len": 4_194_304,
    }
    arguments: dict[str, Any] = {
        "charset": "utf8mb4",
        "connect_timeout": CONNECT_SECONDS,
        "sql_mode": _SQL_MODE,
        "init_command": "SET " + ", ".join(f"SESSION {name} = {value}" for name, value in session.items()),
    }
    if tls:
        arguments["ssl"] = ssl.create_default_context(cafile=None if tls == "1" else str(tls))
    return {"url": url.difference_update_query(["tls"]), "connect_args": arguments}


def _sqlite(url: URL) -> AsyncEngine:
    path = url.database
    assert path is not None, "the store keeps a file"
    engine = create_async_engine(url, poolclass=NullPool, async_creator=partial(connect, path))

    def set_up(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in _SQLITE_PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", set_up)
    return engine
