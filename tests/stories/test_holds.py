"""A hold of two seconds: the clock ends it, the slot is free again, and a late payment is placed or returned."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.stories.client import Client
from tests.stories.people import Doctor, Patient, a_doctor, a_patient, book, pay, status_of
from tests.stories.running_platform import ADMIN_EMAIL, ADMIN_PASSWORD, RunningPlatform

HOLD_SECONDS = 2


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """A platform whose holds are short."""
    settings = {"BMC_HOLD_SECONDS": str(HOLD_SECONDS)}
    with RunningPlatform(tmp_path_factory.mktemp("hasty"), settings=settings) as running:
        yield running


@pytest.fixture
async def visitor(hasty: RunningPlatform) -> AsyncIterator[Client]:
    async with Client(hasty.url) as client:
        yield client


@pytest.fixture
async def doctor(visitor: Client) -> Doctor:
    return await a_doctor(visitor, await visitor.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD))


async def reaches(patient: Patient, appointment_id: str, status: str) -> None:
    async def look() -> bool:
        return await status_of(patient.client, appointment_id) == status

    await patient.client.until(look, f"the appointment to be {status}")


async def takes_over(patient: Patient, doctor: Doctor, slot: dict[str, Any]) -> str:
    """Try to book until the slot's hold is over."""

    async def look() -> str | None:
        booked = await book(patient, doctor, slot)
        codes = [error["code"] for error in booked["userErrors"]]
        assert codes in ([], ["SLOT_UNAVAILABLE"])
        return str(booked["appointment"]["id"]) if booked["appointment"] else None

    appointment_id: str = await patient.client.until(look, "the slot to be free again")
    return appointment_id


async def test_an_unpaid_booking_expires_by_the_clock_with_a_mail_and_its_slot_goes_to_another(
    visitor: Client, doctor: Doctor
) -> None:
    late, quick = await asyncio.gather(a_patient(visitor, "Late"), a_patient(visitor, "Quick"))
    booked = await book(late, doctor, doctor.slots[0])
    appointment_id = booked["appointment"]["id"]

    taken = await takes_over(quick, doctor, doctor.slots[0])

    assert await status_of(late.client, appointment_id) == "EXPIRED"
    assert taken != appointment_id
    await visitor.mail(late.email, "has expired")
    refused = await pay(late, appointment_id)
    assert [error["code"] for error in refused["userErrors"]] == ["APPOINTMENT_NOT_PAYABLE"]
    unpaid = "query($id: ID!) { appointment(id: $id) { payment { status } } }"
    assert (await late.client.ask(unpaid, id=appointment_id))["appointment"] == {"payment": None}


async def test_a_payment_whose_answer_was_lost_is_confirmed_after_the_hold_when_the_slot_is_still_free(
    visitor: Client, doctor: Doctor
) -> None:
    patient = await a_patient(visitor)
    appointment_id = (await book(patient, doctor, doctor.slots[1]))["appointment"]["id"]

    paid = await pay(patient, appointment_id, "pm_card_timeout")

    assert paid["userErrors"] == []
    assert paid["payment"]["status"] == "PROCESSING"
    await reaches(patient, appointment_id, "CONFIRMED")
    await visitor.mail(patient.email, "Confirmed:")
    await visitor.mail(patient.email, "Receipt BMC-")


async def test_a_payment_that_succeeds_after_another_took_the_slot_is_returned_in_full(
    visitor: Client, doctor: Doctor
) -> None:
    unlucky, lucky = await asyncio.gather(a_patient(visitor, "Unlucky"), a_patient(visitor, "Lucky"))
    for slot in doctor.slots[2:8]:
        appointment_id = (await book(unlucky, doctor, slot))["appointment"]["id"]
        # Late within the hold, so that the provider is asked again only after another has had the time to book and pay.
        await asyncio.sleep(HOLD_SECONDS * 0.7)
        late = await pay(unlucky, appointment_id, "pm_card_timeout")
        taken = await takes_over(lucky, doctor, slot)
        quick = await pay(lucky, taken)
        if not late["userErrors"] and not quick["userErrors"]:
            break
    assert late["payment"]["status"] == "PROCESSING"
    assert quick["payment"]["status"] == "SUCCEEDED"

    await it_is_given_back(unlucky, appointment_id)
    await visitor.mail(unlucky.email, "Your refund of")
    await reaches(lucky, taken, "CONFIRMED")


async def it_is_given_back(patient: Patient, appointment_id: str) -> None:
    query = "query($id: ID!) { appointment(id: $id) { status payment { status refundedAmount { amount } } } }"

    async def look() -> bool:
        seen = (await patient.client.ask(query, id=appointment_id))["appointment"]
        return bool(seen["payment"]["status"] == "REFUNDED")

    await patient.client.until(look, "the money to be given back")
    assert (await patient.client.ask(query, id=appointment_id))["appointment"] == {
        "status": "EXPIRED",
        "payment": {"status": "REFUNDED", "refundedAmount": {"amount": "499.00"}},
    }
