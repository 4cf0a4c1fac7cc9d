"""One fixture: a blob store of every kind in turn."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contracts.blobs.adapters import ADAPTERS, OpenedBlobs


@pytest.fixture(params=ADAPTERS)
async def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OpenedBlobs]:
    async with ADAPTERS[request.param](tmp_path / "blobs") as opened:
        yield opened
