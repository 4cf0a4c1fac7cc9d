"""What tests of several folders stand on: one MongoDB, and one running platform, for the whole session."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import settings
from pymongo import MongoClient

from shared.ids import new_id
from shared.stores.embedded_mongod import EmbeddedMongod
from shared.stores.mongo import MongoStore
from tests.shared.otlp_peer import OtlpPeer, otlp_peer
from tests.stack.native import NativeStack
from tests.stories.client import Client
from tests.stories.running_platform import ADMIN_EMAIL, ADMIN_PASSWORD, RunningPlatform

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


class Reachable(Protocol):
    """A running platform, embedded or distributed."""

    @property
    def url(self) -> str:
        """Where clients reach it."""
        ...


@pytest.fixture(scope="session")
def collector() -> Iterator[OtlpPeer]:
    """Where the distributed system sends the spans of those traces that clients ask for, and of no others."""
    with otlp_peer() as peer:
        yield peer


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, collector: OtlpPeer) -> Iterator[NativeStack]:
    """The distributed system on real servers; only where it was asked for, since it takes a minute to start."""
    if not os.environ.get("STACK"):
        pytest.skip("the distributed system is tested by `make stack-test`")
    settings = {
        "BMC_ADMIN_EMAIL": ADMIN_EMAIL,
        "BMC_ADMIN_PASSWORD": ADMIN_PASSWORD,
        # A fault may last longer than tokens do; that they end has tests of its own.
        "BMC_ACCESS_TOKEN_SECONDS": "7200",
        # Thirty processes share the machine's cores with the test: an answer that takes long is no fault by itself.
        "BMC_CALL_SECONDS": "20",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_TRACES_SAMPLER": "parentbased_always_off",
        "OTEL_BSP_SCHEDULE_DELAY": "500",
    }
    running = NativeStack(tmp_path_factory.mktemp("stack"), settings)
    running.start()
    Client.ses_of[running.url] = running.mail_url
    yield running
    running.stop()


@pytest.fixture(scope="session")
def platform(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reachable]:
    """A platform as a user starts it, or, with STACK=1, the distributed one; each test makes people of its own."""
    if os.environ.get("STACK"):
        yield request.getfixturevalue("stack")
        return
    with RunningPlatform(tmp_path_factory.mktemp("home")) as running:
        yield running
