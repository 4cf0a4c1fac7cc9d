"""The appointments subgraph in a world of its own, with a doctor who takes bookings and the texts to ask with."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.subgraphs.callers import DOCTOR, OTHER_DOCTOR, OTHER_PATIENT, PATIENT
from tests.subgraphs.harness import World

FEE = {"amount": "499.00", "currency": "INR"}


@pytest.fixture
async def world(mongo_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Two ACTIVE doctors in Kolkata and two patients; nobody has published hours yet."""
    world = await World.open("appointments", mongo_url=mongo_url, folder=tmp_path)
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
