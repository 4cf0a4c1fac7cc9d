"""One fixture: a ledger in a store of every kind in turn."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contracts.stores.adapters import ADAPTERS, Ledger


@pytest.fixture(params=ADAPTERS)
async def ledger(request: pytest.FixtureRequest, tmp_path: Path, mongo_url: str) -> AsyncIterator[Ledger]:
    async with ADAPTERS[request.param](tmp_path, mongo_url) as opened:
        yield opened
