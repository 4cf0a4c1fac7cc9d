"""Who talks to the running platform: somebody, and its first admin."""

import os
from collections.abc import AsyncIterator

import pytest

from tests.stories.client import Client
from tests.stories.running_platform import ADMIN_EMAIL, ADMIN_PASSWORD, RunningPlatform

# These start and stop platforms of their own, in one process; tests/stack has what is theirs of the distributed one.
OF_ONE_PROCESS = ["test_any_input.py", "test_commands.py", "test_holds.py", "test_restarts.py", "test_telemetry.py"]
collect_ignore = OF_ONE_PROCESS if os.environ.get("STACK") else []


@pytest.fixture
async def anyone(platform: RunningPlatform) -> AsyncIterator[Client]:
    """Nobody in particular, not signed in."""
    async with Client(platform.url) as client:
        yield client


@pytest.fixture
async def admin(anyone: Client) -> Client:
    return await anyone.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD)
