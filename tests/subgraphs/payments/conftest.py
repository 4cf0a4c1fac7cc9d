"""A payments subgraph with three appointments that are due."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.subgraphs.harness import World


@pytest.fixture
async def world(mongo_url: str, tmp_path: Path) -> AsyncIterator[World]:
    world = await World.open("payments", mongo_url=mongo_url, folder=tmp_path)
    for number in range(1, 4):
        due(world, f"apt_{number}")
    yield world
    await world.close()


def due(world: World, appointment_id: str, status: str = "PENDING_PAYMENT", amount: str = "499.00") -> None:
    fee = {"amount": amount, "currency": "INR"}
    world.peers.knows("Appointment", appointment_id, status=status, userId="usr_patient", fee=fee)
