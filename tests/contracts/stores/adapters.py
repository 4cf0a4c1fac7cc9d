"""What the store contract is run against: each store with a ledger of counters, the least state there can be."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pymongo import ReturnDocument
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select, text, update
from sqlalchemy.ext.asyncio import create_async_engine

from shared.events.envelope import Event
from shared.ids import new_id
from shared.stores.mongo import MongoStore
from shared.stores.sql import SqlStore
from shared.stores.sql_outbox import outbox_tables
from shared.stores.store import Store
from tests.shared.events.events import fact


class Ledger(Protocol):
    """Counters by name, kept in a store."""

    @property
    def store(self) -> Store:
        """The store under test."""
        ...

    async def increment(self, name: str) -> int:
        """Add one, in the open transaction; answers the new count."""
        ...

    async def count(self, name: str) -> int:
        """Answer a committed count."""
        ...


@dataclass(frozen=True, slots=True)
class MongoLedger:
    """A document a counter."""

    store: MongoStore

    async def increment(self, name: str) -> int:
        """Forget, on purpose, to hand the session over: the transaction holds all the same."""
        found = await self.store.database["counters"].find_one_and_update(
            {"_id": name}, {"$inc": {"n": 1}}, upsert=True, return_document=ReturnDocument.AFTER
        )
        assert found is not None
        return int(found["n"])

    async def count(self, name: str) -> int:
        found = await self.store.database["counters"].find_one({"_id": name})
        return int(found["n"]) if found is not None else 0


_METADATA = MetaData()
_COUNTERS = Table("counters", _METADATA, Column("name", String(64), primary_key=True), Column("n", Integer))
outbox_tables(_METADATA)


@dataclass(frozen=True, slots=True)
class SqlLedger:
    """A row a counter."""

    store: SqlStore

    async def increment(self, name: str) -> int:
        session = self.store.session
        await session.execute(update(_COUNTERS).where(_COUNTERS.c.name == name).values(n=_COUNTERS.c.n + 1))
        n = await session.scalar(select(_COUNTERS.c.n).where(_COUNTERS.c.name == name))
        if n is None:
            await session.execute(insert(_COUNTERS).values(name=name, n=1))
        return n or 1

    async def count(self, name: str) -> int:
        async with self.store.reading() as session:
            return await session.scalar(select(_COUNTERS.c.n).where(_COUNTERS.c.name == name)) or 0


@asynccontextmanager
async def mongo(_folder: Path, mongo_url: str) -> AsyncIterator[Ledger]:
    """Open a fresh database."""
    store = MongoStore.connect(mongo_url, new_id("t"))
    await store.open([])
    await store.database.create_collection("counters")
    yield MongoLedger(store)
    await store.database.client.drop_database(store.database.name)
    await store.close()


@asynccontextmanager
async def sqlite(folder: Path, _mongo_url: str) -> AsyncIterator[Ledger]:
    """Open a fresh file."""
    store = await SqlStore.open(f"sqlite+aiosqlite:///{folder}/ledger.db")
    async with store.engine.begin() as connection:
        await connection.run_sync(_METADATA.create_all)
    yield SqlLedger(store)
    await store.close()


@asynccontextmanager
async def mysql(_folder: Path, _mongo_url: str) -> AsyncIterator[Ledger]:
    """Open a fresh database on the server of MYSQL_URL."""
    server = create_async_engine(os.environ["MYSQL_URL"], isolation_level="AUTOCOMMIT")
    name = new_id("t")
    async with server.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    store = await SqlStore.open(server.url.set(database=name).render_as_string(hide_password=False))
    async with store.engine.begin() as connection:
        await connection.run_sync(_METADATA.create_all)
        await connection.execute(insert(_COUNTERS), [{"name": counter, "n": 0} for counter in ("a", "b")])
    yield SqlLedger(store)
    await store.close()
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name}"))
    await server.dispose()


Opener = Callable[[Path, str], AbstractAsyncContextManager[Ledger]]

ADAPTERS: dict[str, Opener] = {"mysql": mysql} if "MYSQL_URL" in os.environ else {"mongo": mongo, "sqlite": sqlite}


def counted(ledger: Ledger, name: str) -> Callable[[], Awaitable[int]]:
    """Make work that adds one and publishes the new count."""

    async def work() -> int:
        n = await ledger.increment(name)
        ledger.store.publish(fact(name, n))
        return n

    return work


def numbers(events: list[Event]) -> list[int]:
    """Read the counts off facts."""
    return [event.data["n"] for event in events]
