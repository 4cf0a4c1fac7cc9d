"""One fixture: a payment provider of every kind in turn."""

from collections.abc import AsyncIterator

import pytest

from tests.contracts.payments.adapters import ADAPTERS, OpenedProvider, opened


@pytest.fixture(params=ADAPTERS)
async def till(request: pytest.FixtureRequest, mongo_url: str) -> AsyncIterator[OpenedProvider]:
    async with opened(request.param, mongo_url) as provider:
        yield provider
