"""The appointments subgraph in a world of its own, with a doctor who takes bookings and the texts to ask with."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.shared.stores.databases import MYSQL_URL, empty, mysql_database
from tests.subgraphs.callers import DOCTOR, OTHER_DOCTOR, OTHER_PATIENT, PATIENT
from tests.subgraphs.harness import World

FEE = {"amount": "499.00", "currency": "INR"}


@pytest.fixture(scope="module")
def migrated() -> Iterator[str | None]:
    """A database on the server of MYSQL_URL for all tests of a file: making its tables takes longer than most tests."""
    if not MYSQL_URL:
        yield None
        return
    with mysql_database() as url:
        yield url


@pytest.fixture
def sql_url(migrated: str | None, tmp_path: Path) -> str:
    """An empty store: a file, or that database without rows."""
    if migrated is None:
        return f"sqlite+aiosqlite:///{tmp_path}/appointments.db"
    empty(migrated)
    return migrated


@pytest.fixture
async def world(mongo_url: str, sql_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Two ACTIVE doctors in Kolkata and two patients; nobody has published hours yet."""
    world = await World.open("appointments", mongo_url=mongo_url, sql_url=sql_url, folder=tmp_path)
    for doctor in (DOCTOR, OTHER_DOCTOR):
        assert doctor.doctor_id is not None
        world.peers.knows(
            "Doctor",
            doctor.doctor_id,
            status="ACTIVE",
            timeZone="Asia/Kolkata",
            consultationFee=FEE,
            firstName="Asha",
            lastName="Rao",
        )
    for patient in (PATIENT, OTHER_PATIENT):
        assert patient.user_id is not None
        world.peers.knows("User", patient.user_id, firstName="Grace", lastName="Hopper")
    yield world
    await world.close()
