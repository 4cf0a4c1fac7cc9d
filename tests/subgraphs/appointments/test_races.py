"""Whatever runs at once, time is given once: what is reserved is exactly what living appointments need."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from subgraphs.appointments.tables import AppointmentStatus
from tests.subgraphs.appointments.asking import (
    book,
    booked,
    change,
    codes,
    join,
    kinds,
    payment_event,
    publish,
    show,
    weekly,
)
from tests.subgraphs.appointments.reserved import appointments
from tests.subgraphs.callers import OTHER_DOCTOR, OTHER_PATIENT, PATIENT
from tests.subgraphs.harness import World

NOON = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)


def at(place: int) -> str:
    """Answer the beginning of a slot of an afternoon."""
    return (NOON + place * HALF_AN_HOUR).isoformat().replace("+00:00", "Z")


async def test_a_patient_who_books_overlapping_times_of_two_doctors_gets_one(world: World) -> None:
    await publish(world, weekly=weekly("12:00", "18:00"))
    await publish(world, weekly=weekly("12:15", "18:15"), as_=OTHER_DOCTOR)
    quarter = timedelta(minutes=15)

    for place in range(8):
        shifted = (NOON + place * HALF_AN_HOUR + quarter).isoformat().replace("+00:00", "Z")
        payloads = await asyncio.gather(
            book(world, at(place), key=f"here {place}"),
            book(world, shifted, key=f"there {place}", doctorId=OTHER_DOCTOR.doctor_id),
        )

        refused = [payload for payload in payloads if payload["appointment"] is None]
        # The half hour of the round before reaches into this one's first doctor's, if it was the second's.
        assert {code for payload in refused for code in codes(payload)} == {"PATIENT_DOUBLE_BOOKING"}
    await appointments(world)


async def test_moving_to_a_slot_and_booking_it_at_once_gives_it_to_one(world: World) -> None:
    await publish(world, weekly=weekly("12:00", "18:00"))

    for place in range(0, 10, 2):
        mine = await booked(world, at(place), key=f"mine {place}")
        moved, others = await asyncio.gather(
            change(
                world,
                "rescheduleAppointment",
                PATIENT,
                appointmentId=mine,
                startsAt=at(place + 1),
                idempotencyKey=f"moving {place}",
            ),
            book(world, at(place + 1), as_=OTHER_PATIENT, key=f"booking {place}"),
        )

        assert sorted([codes(moved), codes(others)]) == [[], ["SLOT_UNAVAILABLE"]]
        shown = await show(world, mine)
        assert shown["startsAt"] == (at(place) if moved["userErrors"] else at(place + 1))
    rows = await appointments(world)
    assert len({row.starts_at for row in rows}) == len(rows)


async def test_two_appointments_that_change_places_at_once_are_both_kept(world: World) -> None:
    await publish(world, weekly=weekly("12:00", "18:00"))
    first = await booked(world, at(0), key="first")
    second = await booked(world, at(1), as_=OTHER_PATIENT, key="second")

    payloads = await asyncio.gather(
        change(
            world, "rescheduleAppointment", PATIENT, appointmentId=first, startsAt=at(1), idempotencyKey="to the second"
        ),
        change(
            world,
            "rescheduleAppointment",
            OTHER_PATIENT,
            appointmentId=second,
            startsAt=at(0),
            idempotencyKey="to the first",
        ),
    )

    assert {code for payload in payloads for code in codes(payload)} <= {"SLOT_UNAVAILABLE"}
    assert len(await appointments(world)) == 2


async def test_a_payment_its_expiry_and_anothers_booking_at_once_leave_one_owner(world: World) -> None:
    await publish(world, weekly=weekly("12:00", "18:00"))

    for place in range(6):
        mine = await booked(world, at(place), key=f"mine {place}")
        world.clock.advance(timedelta(minutes=15))
        _, _, others = await asyncio.gather(
            world.redeliver(payment_event(world, mine, f"pay_{place}")),
            world.run_job("appointments.expire"),
            book(world, at(place), as_=OTHER_PATIENT, key=f"others {place}"),
        )

        status = (await show(world, mine))["status"]
        assert (status, *codes(others)) in {("CONFIRMED", "SLOT_UNAVAILABLE"), ("EXPIRED",)}
    rows = await appointments(world)
    told = Counter(await kinds(world))
    confirmed = [row for row in rows if row.status is AppointmentStatus.CONFIRMED]
    assert told["appointment.confirmed"] == len(confirmed)
    assert told["appointment.payment_unplaceable"] == 6 - len(confirmed)


async def test_whoever_joins_the_waitlist_twice_at_once_waits_once(world: World) -> None:
    await publish(world)
    patients = [replace(PATIENT, account_id=f"acc_{n}", user_id=f"usr_{n}") for n in range(5)]

    payloads = await asyncio.gather(*(join(world, patient) for patient in patients for _ in range(4)))

    assert {len(payload["userErrors"]) for payload in payloads} == {0}
    assert sorted(Counter(payload["entry"]["id"] for payload in payloads).values()) == [4] * 5
    assert (await kinds(world)).count("waitlist.joined") == 5
