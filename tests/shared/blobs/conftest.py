"""An embedded store in a folder of its own, under a clock that stands still."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.blobs.local import LocalBlobStore
from shared.clock import ManualClock

SECRET = b"a secret of 32 bytes, no fewer!!"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2027, 3, 1, 9, 0, tzinfo=UTC))


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> LocalBlobStore:
    return LocalBlobStore(tmp_path / "blobs", "http://files.test", SECRET, clock)
