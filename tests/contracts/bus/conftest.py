"""Fixtures: a bus of every kind in turn, and a group's member that remembers what it saw."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.events.bus import Bus
from tests.contracts.bus.adapters import ADAPTERS, DURABLE, Opener


@pytest.fixture(params=ADAPTERS)
async def bus(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bus]:
    opened = await ADAPTERS[request.param](tmp_path)
    yield opened
    await opened.close()


@pytest.fixture(params=DURABLE)
def open_bus(request: pytest.FixtureRequest) -> Opener:
    return DURABLE[request.param]
