"""One running platform for all stories; each makes people of its own."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.stories.client import Client
from tests.stories.running_platform import ADMIN_EMAIL, ADMIN_PASSWORD, RunningPlatform


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    running = RunningPlatform(tmp_path_factory.mktemp("home"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
async def anyone(platform: RunningPlatform) -> AsyncIterator[Client]:
    """Nobody in particular, not signed in."""
    async with Client(platform.url) as client:
        yield client


@pytest.fixture
async def admin(anyone: Client) -> Client:
    return await anyone.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD)
