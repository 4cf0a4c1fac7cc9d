"""A notifications subgraph, the people it writes to, and the visit that it writes about."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.subgraphs.harness import World
from tests.subgraphs.notifications.telling import StubbornMailer

STARTS, ENDS, PAY_BY = "2026-11-25T04:30:00+00:00", "2026-11-25T05:00:00+00:00", "2026-11-23T04:15:00+00:00"
FEE = {"amount": "499.00", "currency": "INR"}
NOTHING = {"amount": "0.00", "currency": "INR"}
CLINICAL = {"symptoms": "canary-symptom", "priorMedicalHistory": "canary-history", "diagnosis": "canary-diagnosis"}


@pytest.fixture
def mailer() -> StubbornMailer:
    return StubbornMailer()


@pytest.fixture
async def world(mongo_url: str, tmp_path: Path, mailer: StubbornMailer) -> AsyncIterator[World]:
    world = await World.open("notifications", mongo_url=mongo_url, folder=tmp_path, mailer=mailer)
    people(world)
    visit(world)
    world.peers.mutations["issueMailToken"] = lambda asked: {"token": f"token-of-{asked['input']['eventId']}"}
    yield world
    await world.close()


def people(world: World) -> None:
    patient = {"firstName": "Asha", "email": "asha@people.example", "timeZone": "Asia/Kolkata", "locale": "en-IN"}
    world.peers.knows("User", "usr_patient", id="usr_patient", **patient)
    world.peers.knows(
        "Doctor",
        "doc_doctor",
        id="doc_doctor",
        firstName="Meera",
        lastName="Iyer",
        email="meera@doctors.example",
        timeZone="America/New_York",
        status="ACTIVE",
        reviewComments="The licence is in order.",
    )
    account = {
        "email": "asha@people.example",
        "emailVerified": False,
        "profileId": "usr_patient",
        "exportUrl": "http://files.example/export",
    }
    world.peers.knows("Account", "acc_patient", id="acc_patient", **account)


def visit(world: World, **changes: Any) -> None:
    row = {
        "id": "apt_1",
        "status": "PENDING_PAYMENT",
        "startsAt": STARTS,
        "endsAt": ENDS,
        "payBy": PAY_BY,
        "fee": FEE,
        "userId": "usr_patient",
        "doctorId": "doc_doctor",
        "sequence": 0,
        "rating": None,
        "payment": {"status": "SUCCEEDED"},
        **CLINICAL,
    }
    world.peers.knows("Appointment", "apt_1", **{**row, **changes})
    paid = {"id": "pay_1", "amount": FEE, "refundedAmount": NOTHING, "receiptNumber": "BMC-20261123-0001"}
    world.peers.knows("Payment", "pay_1", **paid)
