"""Who gets a slot: the quickest and nobody else, whatever runs at once; and what is listed is what can be booked."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.stories.client import Client, someone
from tests.stories.people import EVERY_DAY, Doctor, Patient, a_doctor, a_patient, book, status_of

Payload = dict[str, Any]
AT_ONCE = 200
HORIZON_DAYS = 365


def codes(payloads: Sequence[Payload]) -> Counter[str]:
    return Counter(error["code"] for payload in payloads for error in payload["userErrors"])


def won(payloads: Sequence[Payload]) -> list[Payload]:
    return [payload for payload in payloads if payload["appointment"]]


async def test_of_two_hundred_bookings_of_one_slot_exactly_one_wins(anyone: Client, admin: Client) -> None:
    doctor = await a_doctor(anyone, admin)
    patients = await asyncio.gather(*(a_patient(anyone, f"Racer{number}") for number in range(4)))
    slot = doctor.slots[3]
    racers = [patients[number % len(patients)] for number in range(AT_ONCE)]

    payloads = await asyncio.gather(*(book(racer, doctor, slot) for racer in racers))

    (winning,) = won(payloads)
    losing = [payload for payload in payloads if payload is not winning]
    assert winning["userErrors"] == []
    assert [len(payload["userErrors"]) for payload in losing] == [1] * (AT_ONCE - 1)
    assert set(codes(losing)) <= {"SLOT_UNAVAILABLE", "PATIENT_DOUBLE_BOOKING"}
    winner = racers[payloads.index(winning)]
    others = [one for racer, one in zip(racers, payloads, strict=True) if racer is not winner]
    assert codes(others) == {"SLOT_UNAVAILABLE": len(others)}
    free = {one["startsAt"] for one in doctor.slots} - {slot["startsAt"]}
    for payload in losing:
        offered = [one["startsAt"] for one in payload["alternatives"]]
        assert offered
        assert set(offered) <= free
    held = [await held_by(patient) for patient in patients]
    assert list(chain.from_iterable(held)) == [winning["appointment"]["id"]]


async def held_by(patient: Patient) -> list[str]:
    query = "query($id: ID!) { user(id: $id) { appointments(first: 50) { edges { node { id } } } } }"
    user = (await patient.client.ask(query, id=patient.id))["user"]
    return [edge["node"]["id"] for edge in user["appointments"]["edges"]]


async def test_a_patient_is_never_at_two_doctors_at_once_but_may_go_from_one_to_the_next(
    anyone: Client, admin: Client
) -> None:
    here, there = await asyncio.gather(a_doctor(anyone, admin), a_doctor(anyone, admin, city="Delhi"))
    patient = await a_patient(anyone)
    instants = [slot["startsAt"] for slot in here.slots]
    assert instants == [slot["startsAt"] for slot in there.slots]

    payloads = await asyncio.gather(*(book(patient, doctor, here.slots[5]) for doctor in (here, there)))

    assert len(won(payloads)) == 1
    assert codes(payloads) == {"PATIENT_DOUBLE_BOOKING": 1}
    assert here.slots[5]["endsAt"] == there.slots[6]["startsAt"]
    assert there.slots[4]["endsAt"] == here.slots[5]["startsAt"]
    neighbours = await asyncio.gather(*(book(patient, there, there.slots[place]) for place in (4, 6)))
    assert codes(neighbours) == {}
    assert len(await held_by(patient)) == 3


async def test_the_same_request_many_times_at_once_is_one_booking(anyone: Client, admin: Client) -> None:
    doctor, patient, other = await asyncio.gather(a_doctor(anyone, admin), a_patient(anyone), a_patient(anyone))
    key = someone("key")

    payloads = await asyncio.gather(*(book(patient, doctor, doctor.slots[0], key) for _ in range(20)))

    assert codes(payloads) == {}
    (appointment_id,) = {payload["appointment"]["id"] for payload in payloads}
    assert await held_by(patient) == [appointment_id]
    conflict = await book(patient, doctor, doctor.slots[1], key)
    assert codes([conflict]) == {"IDEMPOTENCY_CONFLICT": 1}
    elsewhere = await book(other, doctor, doctor.slots[1], key)
    assert codes([elsewhere]) == {}


async def test_one_key_with_two_inputs_at_once_is_one_booking_and_conflicts(anyone: Client, admin: Client) -> None:
    doctor, patient = await asyncio.gather(a_doctor(anyone, admin), a_patient(anyone))
    key = someone("key")

    payloads = await asyncio.gather(*(book(patient, doctor, doctor.slots[number % 2], key) for number in range(20)))

    assert len({payload["appointment"]["id"] for payload in won(payloads)}) == 1
    assert codes(payloads) == {"IDEMPOTENCY_CONFLICT": 10}
    assert len(await held_by(patient)) == 1


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York", "Pacific/Auckland"])
async def test_what_is_listed_can_be_booked_and_nothing_else(anyone: Client, admin: Client, zone: str) -> None:
    doctor, patient = await asyncio.gather(a_doctor(anyone, admin, zone=zone), a_patient(anyone, zone=zone))
    weekly = [{"day": day, "from": "00:00", "to": "05:30"} for day in EVERY_DAY]
    await doctor.client.done(
        "publishAvailability", "doctor { id }", weekly=weekly, slotMinutes=45, horizonDays=HORIZON_DAYS
    )
    days = [datetime.now(ZoneInfo(zone)).date() + timedelta(days=2), *clock_changes(zone)]
    for day in days:
        listed = await listed_on(anyone, doctor, day)
        local = [datetime.fromisoformat(one["startsAt"]).astimezone(ZoneInfo(zone)) for one in listed]
        assert {one.date() for one in local} == {day}
        assert len({one.replace(tzinfo=None, fold=0) for one in local}) == len(local) >= 5
        await refuses_what_is_not_listed(patient, doctor, listed)

        payloads = await asyncio.gather(*(book(patient, doctor, slot) for slot in listed))

        assert codes(payloads) == {}
        booked = [datetime.fromisoformat(payload["appointment"]["startsAt"]) for payload in payloads]
        assert booked == [datetime.fromisoformat(slot["startsAt"]) for slot in listed]
        assert await listed_on(anyone, doctor, day) == []


async def refuses_what_is_not_listed(patient: Patient, doctor: Doctor, listed: list[Payload]) -> None:
    starts = {datetime.fromisoformat(slot["startsAt"]) for slot in listed}
    around = {start + timedelta(minutes=minutes) for start in starts for minutes in (-45, -15, 5, 45)} - starts
    payloads = await asyncio.gather(*(book(patient, doctor, {"startsAt": told(one)}) for one in sorted(around)))
    assert codes(payloads) == {"SLOT_UNAVAILABLE": len(around)}
    now = datetime.now(UTC)
    past = await book(patient, doctor, {"startsAt": told(now - timedelta(hours=1))})
    far = await book(patient, doctor, {"startsAt": told(now + timedelta(days=HORIZON_DAYS + 3))})
    assert [codes([one]) for one in (past, far)] == [{"TOO_SHORT_NOTICE": 1}, {"BEYOND_HORIZON": 1}]


def told(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def clock_changes(zone: str) -> list[date]:
    """Answer the days within the horizon on which the zone's clocks change, but not those too near to be sure of."""
    here, today = ZoneInfo(zone), datetime.now(ZoneInfo(zone)).date()
    days = [today + timedelta(days=number) for number in range(3, HORIZON_DAYS - 3)]
    return [day for day in days if offset(day, here) != offset(day + timedelta(days=1), here)]


def offset(day: date, zone: ZoneInfo) -> timedelta | None:
    return datetime(day.year, day.month, day.day, tzinfo=zone).utcoffset()


async def listed_on(anyone: Client, doctor: Doctor, day: date) -> list[Payload]:
    query = "query($id: ID!, $day: Date!) { doctor(id: $id) { slots(from: $day, to: $day) { startsAt endsAt } } }"
    slots: list[Payload] = (await anyone.ask(query, id=doctor.id, day=str(day)))["doctor"]["slots"]
    return slots


async def test_a_booking_that_loses_leaves_nothing_behind(anyone: Client, admin: Client) -> None:
    doctor, first, second = await asyncio.gather(
        a_doctor(anyone, admin), a_patient(anyone, "First"), a_patient(anyone, "Second")
    )
    booked = await book(first, doctor, doctor.slots[0])
    refused = await book(second, doctor, doctor.slots[0])
    assert codes([refused]) == {"SLOT_UNAVAILABLE": 1}
    assert await held_by(second) == []

    given_back = {"reason": "not mine", "idempotencyKey": someone("key")}
    appointment_id = booked["appointment"]["id"]
    await first.client.done("cancelAppointment", "appointment { id }", appointmentId=appointment_id, **given_back)

    again = await book(second, doctor, doctor.slots[0])
    assert codes([again]) == {}
    assert await status_of(second.client, again["appointment"]["id"]) == "PENDING_PAYMENT"
