"""Booking: one winner for every slot, holds that end by the clock, idempotency, and the rules."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from tests.subgraphs.appointments.asking import (
    HALF_PAST_TEN,
    TEN,
    book,
    booked,
    codes,
    confirmed,
    kinds,
    publish,
    show,
    starts,
)
from tests.subgraphs.callers import DOCTOR, OTHER_DOCTOR, OTHER_PATIENT, PATIENT, UNVERIFIED
from tests.subgraphs.harness import World


async def test_a_booked_slot_is_held_for_payment_at_the_fee_of_the_doctor(world: World) -> None:
    await publish(world)

    payload = await book(world, TEN, symptoms="  Cough ")

    assert payload["userErrors"] == []
    assert payload["appointment"] | {"id": ""} == {
        "id": "",
        "status": "PENDING_PAYMENT",
        "startsAt": TEN,
        "endsAt": HALF_PAST_TEN,
        "payBy": "2026-11-23T04:15:00Z",
        "fee": {"amount": "499.00", "currency": "INR"},
        "rescheduleCount": 0,
        "cancellationReason": None,
    }
    assert TEN not in await starts(world)
    assert HALF_PAST_TEN in await starts(world)
    assert await kinds(world) == ["availability.published", "appointment.booked"]


async def test_of_two_hundred_parallel_bookings_of_one_slot_exactly_one_wins(world: World) -> None:
    await publish(world)
    patients = [replace(PATIENT, account_id=f"acc_{n}", user_id=f"usr_{n}") for n in range(200)]

    payloads = await asyncio.gather(*(book(world, TEN, as_=patient) for patient in patients))

    winners = [payload for payload in payloads if payload["appointment"] is not None]
    losers = [payload for payload in payloads if payload["appointment"] is None]
    assert len(winners) == 1
    assert {tuple(codes(payload)) for payload in losers} == {("SLOT_UNAVAILABLE",)}
    assert all(payload["alternatives"][0]["startsAt"] == "2026-11-24T03:30:00Z" for payload in losers)
    assert (await kinds(world)).count("appointment.booked") == 1


async def test_parallel_bookings_of_overlapping_times_by_one_patient_leave_one(world: World) -> None:
    await publish(world)
    await publish(world, as_=OTHER_DOCTOR)

    payloads = await asyncio.gather(
        book(world, TEN, key="one"), book(world, TEN, key="two", doctorId=OTHER_DOCTOR.doctor_id)
    )

    refused = [codes(payload) for payload in payloads if payload["appointment"] is None]
    assert refused == [["PATIENT_DOUBLE_BOOKING"]]


async def test_alternatives_of_a_double_booking_are_free_for_the_patient_too(world: World) -> None:
    await publish(world)
    await publish(world, as_=OTHER_DOCTOR)
    await booked(world, TEN)

    payload = await book(world, TEN, key="two", doctorId=OTHER_DOCTOR.doctor_id)

    assert codes(payload) == ["PATIENT_DOUBLE_BOOKING"]
    assert [slot["startsAt"] for slot in payload["alternatives"]] == [
        "2026-11-24T03:30:00Z",
        "2026-11-24T04:00:00Z",
        "2026-11-24T05:00:00Z",
        "2026-11-24T05:30:00Z",
        "2026-11-24T06:00:00Z",
    ]


async def test_back_to_back_is_fine_and_a_buffer_keeps_the_doctor_free(world: World) -> None:
    await publish(world, bufferMinutes=15)
    assert await starts(world) == [
        "2026-11-24T03:30:00Z",
        "2026-11-24T04:15:00Z",
        "2026-11-24T05:00:00Z",
        "2026-11-24T05:45:00Z",
    ]

    await booked(world, "2026-11-24T04:15:00Z")
    await publish(world, bufferMinutes=0)

    assert await starts(world) == [
        "2026-11-24T03:30:00Z",
        "2026-11-24T05:00:00Z",
        "2026-11-24T05:30:00Z",
        "2026-11-24T06:00:00Z",
    ]


async def test_a_hold_ends_by_the_clock_and_whoever_books_then_expires_it(world: World) -> None:
    await publish(world)
    first = await booked(world, TEN)
    world.clock.advance(timedelta(seconds=899))
    assert codes(await book(world, TEN, as_=OTHER_PATIENT)) == ["SLOT_UNAVAILABLE"]

    world.clock.advance(timedelta(seconds=1))

    assert (await show(world, first))["status"] == "EXPIRED"
    assert TEN in await starts(world)
    second = await booked(world, TEN, as_=OTHER_PATIENT)
    assert second != first
    assert (await kinds(world))[1:] == ["appointment.booked", "appointment.expired", "appointment.booked"]
    await world.run_job("appointments.expire")
    assert (await kinds(world)).count("appointment.expired") == 1


async def test_the_job_expires_what_nobody_took_over(world: World) -> None:
    await publish(world)
    first = await booked(world, TEN)
    world.clock.advance(timedelta(minutes=15))

    await world.run_job("appointments.expire")
    await world.run_job("appointments.expire")

    assert (await kinds(world))[1:] == ["appointment.booked", "appointment.expired"]
    assert (await show(world, first))["status"] == "EXPIRED"


async def test_a_key_has_the_first_answer_again_and_refuses_another_input(world: World) -> None:
    await publish(world)
    first = await book(world, TEN)
    world.peers.knows("Doctor", str(DOCTOR.doctor_id), status="SUSPENDED")

    assert (await book(world, TEN))["appointment"]["id"] == first["appointment"]["id"]
    assert codes(await book(world, HALF_PAST_TEN)) == ["IDEMPOTENCY_CONFLICT"]
    assert codes(await book(world, TEN, symptoms="Cough")) == ["IDEMPOTENCY_CONFLICT"]
    assert (await kinds(world)).count("appointment.booked") == 1


async def test_twenty_twins_of_one_request_are_one_booking(world: World) -> None:
    await publish(world)

    payloads = await asyncio.gather(*(book(world, TEN) for _ in range(20)))

    assert len({payload["appointment"]["id"] for payload in payloads}) == 1
    assert (await kinds(world)).count("appointment.booked") == 1


async def test_keys_are_their_accounts_own(world: World) -> None:
    await publish(world)
    mine = await booked(world, TEN)

    theirs = await booked(world, HALF_PAST_TEN, as_=OTHER_PATIENT)

    assert mine != theirs


async def test_a_refused_request_may_succeed_later_under_the_same_key(world: World) -> None:
    await publish(world)
    await booked(world, TEN, as_=OTHER_PATIENT)
    assert codes(await book(world, TEN)) == ["SLOT_UNAVAILABLE"]

    world.clock.advance(timedelta(minutes=15))

    assert (await book(world, TEN))["userErrors"] == []


async def test_an_unverified_patient_is_refused_unless_security_knows_better(world: World) -> None:
    await publish(world)
    world.peers.knows("Account", str(PATIENT.account_id), emailVerified=False)
    assert codes(await book(world, TEN, as_=UNVERIFIED)) == ["EMAIL_NOT_VERIFIED"]
    assert await kinds(world) == ["availability.published"]

    world.peers.knows("Account", str(PATIENT.account_id), emailVerified=True)

    assert (await book(world, TEN, as_=UNVERIFIED))["userErrors"] == []


async def test_only_active_doctors_list_slots_and_take_bookings(world: World) -> None:
    await publish(world)
    world.peers.knows("Doctor", str(DOCTOR.doctor_id), status="SUSPENDED")

    assert await starts(world) == []
    assert codes(await book(world, TEN)) == ["DOCTOR_NOT_BOOKABLE"]
    assert codes(await book(world, TEN, doctorId="doc_nobody")) == ["NOT_FOUND"]
    assert await kinds(world) == ["availability.published"]


async def test_each_rule_refuses_with_its_own_code_and_writes_nothing(world: World) -> None:
    await publish(world, minimumNoticeMinutes=24 * 60, horizonDays=7)

    refused = {
        "2026-11-24T03:30:00Z": "TOO_SHORT_NOTICE",
        "2026-11-20T04:30:00Z": "TOO_SHORT_NOTICE",
        "2026-12-01T04:30:00Z": "BEYOND_HORIZON",
        "9999-12-31T23:59:59Z": "BEYOND_HORIZON",
        "2026-11-24T04:35:00Z": "SLOT_UNAVAILABLE",
        "2026-11-24T04:30:01Z": "SLOT_UNAVAILABLE",
        "2026-11-24T08:30:00Z": "SLOT_UNAVAILABLE",
    }
    for starts_at, code in refused.items():
        payload = await book(world, starts_at)
        assert codes(payload) == [code], starts_at
        assert payload["userErrors"][0]["field"] == ["startsAt"]
    assert codes(await book(world, TEN, key=" ")) == ["INVALID_INPUT"]
    assert codes(await book(world, TEN, key="k\0")) == ["INVALID_INPUT"]
    assert codes(await book(world, TEN, symptoms="x" * 2001)) == ["INVALID_INPUT"]
    assert codes(await book(world, TEN, symptoms="cough\u202e")) == ["INVALID_INPUT"]
    assert await kinds(world) == ["availability.published"]


async def test_publishing_again_changes_what_is_free_and_never_what_is_booked(world: World) -> None:
    await publish(world)
    appointment = await confirmed(world, TEN)

    await publish(world, weekly=[], slotMinutes=60)

    assert await starts(world) == []
    assert (await show(world, appointment))["status"] == "CONFIRMED"
    assert codes(await book(world, HALF_PAST_TEN, key="other")) == ["SLOT_UNAVAILABLE"]
