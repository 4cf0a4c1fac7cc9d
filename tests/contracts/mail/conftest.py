"""One fixture: a mailer of every kind in turn."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contracts.mail.adapters import ADAPTERS, OpenedMailer


@pytest.fixture(params=ADAPTERS)
async def post(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OpenedMailer]:
    async with ADAPTERS[request.param](tmp_path) as opened:
        yield opened
