"""Somebody leaves for good: coming appointments are called off by their rules, and records lead to nobody."""

from datetime import timedelta

import pytest
from pydantic import BaseModel

from shared.events.envelope import Event
from tests.subgraphs.appointments.asking import TEN, book, booked, change, confirmed, join, publish, show, starts
from tests.subgraphs.appointments.test_prescriptions import CONTENT, issue, read
from tests.subgraphs.callers import DOCTOR, OTHER_DOCTOR, OTHER_PATIENT, PATIENT
from tests.subgraphs.harness import World

ELEVEN = "2026-11-24T05:30:00Z"
TODAY = "2026-11-23T05:30:00Z"


class Erased(BaseModel):
    """Stands in for the security subgraph's event data."""

    account_id: str = "acc_gone"
    profile_id: str
    version: int = 2


async def left(world: World, profile_id: str) -> None:
    data = Erased(profile_id=profile_id).model_dump()
    told = Event(type="account.erased", source="security", subject="acc_gone", time=world.clock.now(), data=data)
    await world.redeliver(told)
    await world.redeliver(told)


async def cancellations(world: World) -> list[tuple[str, bool, str]]:
    told = [event for event in await world.published() if event.type == "appointment.cancelled"]
    return [(event.data["starts_at"], event.data["refund"], event.data["by"]) for event in told]


@pytest.fixture(autouse=True)
async def _hours(world: World) -> None:
    await publish(world)


async def test_a_patients_coming_appointments_are_called_off_once_by_the_rules_of_refunds(world: World) -> None:
    await confirmed(world, TEN, key="in time")
    await confirmed(world, TODAY, key="too late")
    await booked(world, ELEVEN, key="unpaid")
    others = await booked(world, "2026-11-24T05:00:00Z", as_=OTHER_PATIENT)

    await left(world, "usr_patient")

    assert await cancellations(world) == [(TODAY, False, "patient"), (TEN, True, "patient"), (ELEVEN, True, "patient")]
    assert {TEN, ELEVEN} <= set(await starts(world))
    assert (await show(world, others, as_=OTHER_PATIENT))["status"] == "PENDING_PAYMENT"


async def test_a_doctors_patients_are_refunded_in_full(world: World) -> None:
    appointment = await confirmed(world, TODAY)

    await left(world, "doc_doctor")

    assert await cancellations(world) == [(TODAY, True, "doctor")]
    assert (await show(world, appointment))["status"] == "CANCELLED"


async def test_whoever_left_waits_no_longer_and_others_still_do(world: World) -> None:
    mine = (await join(world, PATIENT))["entry"]["id"]
    await join(world, OTHER_PATIENT)

    await left(world, "usr_patient")

    gone = [event.data["entry_id"] for event in await world.published() if event.type == "waitlist.left"]
    assert gone == [mine]


async def test_the_record_of_a_consultation_stays_without_what_names_its_patient(world: World) -> None:
    held = await confirmed(world, TEN, key="held")
    await change(world, "checkInAppointment", DOCTOR, appointmentId=held)
    prescribed = (await issue(world, held))["prescription"]
    assert prescribed["pdfUrl"] is not None
    await change(world, "completeAppointment", DOCTOR, appointmentId=held)
    missed = (await book(world, ELEVEN, key="missed", symptoms="a secret"))["appointment"]["id"]
    world.clock.advance(timedelta(minutes=16))
    key = f"prescriptions/{prescribed['id']}.pdf"
    assert await world.blobs.head(key) is not None

    await left(world, "usr_patient")

    assert (await show(world, held, as_=DOCTOR, fields="status user { id }")) == {"status": "COMPLETED", "user": None}
    assert (await show(world, missed, as_=DOCTOR, fields="symptoms")) == {"symptoms": None}
    kept = (await read(world, prescribed["id"], DOCTOR, f"{CONTENT} user {{ id }}"))["data"]["prescription"]
    assert (kept["diagnosis"], kept["pdfUrl"], kept["user"]) == ("Flu", None, None)
    assert await world.blobs.head(key) is None


async def test_an_account_without_a_profile_or_with_another_one_changes_nothing(world: World) -> None:
    appointment = await confirmed(world, TEN)

    for somebody in ("", "usr_other_patient", str(OTHER_DOCTOR.doctor_id)):
        await left(world, somebody)

    assert (await show(world, appointment))["status"] == "CONFIRMED"
    assert await cancellations(world) == []
