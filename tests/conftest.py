"""What tests of several folders stand on: one MongoDB, and one running platform, for the whole session."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from pymongo import MongoClient

from shared.ids import new_id
from shared.stores.embedded_mongod import EmbeddedMongod
from shared.stores.mongo import MongoStore
from tests.stories.running_platform import RunningPlatform

# The same examples every time: a red run must mean that the change is at fault.
settings.register_profile("house", derandomize=True, deadline=None)
settings.load_profile("house")

IN_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def mongo_url() -> Iterator[str]:
    """A replica set: that of MONGO_URL, else an embedded one. Its databases are each test's own."""
    given = os.environ.get("MONGO_URL")
    if given:
        yield given
        return
    # Most of what tests cost is making collections, which a file system in memory does at once.
    with tempfile.TemporaryDirectory(prefix="bmc-", dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
        mongod = EmbeddedMongod(Path(folder))
        url = asyncio.run(mongod.start())
        with MongoClient[dict[str, object]](url) as client:
            # Tests stop the clock at a day of their own; MongoDB's monitor would expire by the machine's.
            client.admin.command("setParameter", 1, ttlMonitorEnabled=False)
        yield url
        asyncio.run(mongod.stop())


@pytest.fixture
async def mongo_store(mongo_url: str) -> AsyncIterator[MongoStore]:
    """A store on a fresh database, opened without documents; it is dropped afterwards."""
    store = MongoStore.connect(mongo_url, new_id("t"))
    await store.open([])
    yield store
    await store.database.client.drop_database(store.database.name)
    await store.close()


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """A platform as a user starts it; each test makes people of its own."""
    running = RunningPlatform(tmp_path_factory.mktemp("home"))
    running.start()
    yield running
    running.stop()
