"""What tests of several folders stand on: one MongoDB for the whole session."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest

from shared.ids import new_id
from shared.stores.embedded_mongod import EmbeddedMongod
from shared.stores.mongo import MongoStore


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A replica set: that of MONGO_URL, else an embedded one. Its databases are each test's own."""
    given = os.environ.get("MONGO_URL")
    if given:
        yield given
        return
    mongod = EmbeddedMongod(tmp_path_factory.mktemp("mongo"))
    yield asyncio.run(mongod.start())
    asyncio.run(mongod.stop())


@pytest.fixture
async def mongo_store(mongo_url: str) -> AsyncIterator[MongoStore]:
    """A store on a fresh database, opened without documents; it is dropped afterwards."""
    store = MongoStore.connect(mongo_url, new_id("t"))
    await store.open([])
    yield store
    await store.database.client.drop_database(store.database.name)
    await store.close()
