"""Who talks to the distributed system (somebody, its first admin, a doctor with a patient), and what its Kafka has."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from shared.events.bus import Bus
from shared.events.kafka import KafkaBus
from tests.stack.native import NativeStack
from tests.stack.topics import Cluster
from tests.stories.client import Client
from tests.stories.people import Doctor, Patient, a_doctor, a_patient
from tests.stories.running_platform import ADMIN_EMAIL, ADMIN_PASSWORD


@pytest.fixture
async def visitor(stack: NativeStack) -> AsyncIterator[Client]:
    async with Client(stack.url) as client:
        yield client


@pytest.fixture
async def admin(visitor: Client) -> Client:
    return await visitor.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD)


@pytest.fixture
async def pair(visitor: Client, admin: Client) -> tuple[Doctor, Patient]:
    doctor, patient = await asyncio.gather(a_doctor(visitor, admin), a_patient(visitor))
    return doctor, patient


@pytest.fixture
def cluster(stack: NativeStack) -> Cluster:
    return Cluster(stack.servers["kafka"].url)


@pytest.fixture
async def bus(cluster: Cluster) -> AsyncIterator[Bus]:
    opened = await KafkaBus.open(cluster.url)
    yield opened
    await opened.close()
