"""From payment to completion: every change is one event, every other way is INVALID_STATE."""

import asyncio
from datetime import timedelta

import pytest

from tests.subgraphs.appointments.asking import (
    HALF_PAST_TEN,
    TEN,
    book,
    booked,
    change,
    codes,
    confirmed,
    kinds,
    pay,
    payment_event,
    publish,
    show,
    starts,
)
from tests.subgraphs.callers import ADMIN, DOCTOR, OTHER_DOCTOR, OTHER_PATIENT, PATIENT
from tests.subgraphs.harness import World


@pytest.fixture(autouse=True)
async def _hours(world: World) -> None:
    await publish(world)


async def test_payment_confirms_once_however_often_it_is_delivered(world: World) -> None:
    appointment = await booked(world)
    payment = payment_event(world, appointment)

    await world.redeliver(payment)
    await world.redeliver(payment)
    await pay(world, appointment, "pay_1")

    shown = await show(world, appointment)
    assert (shown["status"], shown["payBy"]) == ("CONFIRMED", None)
    assert (await kinds(world))[1:] == ["appointment.booked", "appointment.confirmed"]
    world.clock.advance(timedelta(hours=1))
    await world.run_job("appointments.expire")
    assert (await show(world, appointment))["status"] == "CONFIRMED"
    assert TEN not in await starts(world)


async def test_a_payment_after_the_hold_confirms_while_nobody_took_the_time(world: World) -> None:
    appointment = await booked(world)
    world.clock.advance(timedelta(minutes=20))

    await pay(world, appointment)

    assert (await show(world, appointment))["status"] == "CONFIRMED"


async def test_a_payment_after_the_job_has_expired_it_takes_the_time_anew(world: World) -> None:
    appointment = await booked(world)
    world.clock.advance(timedelta(minutes=20))
    await world.run_job("appointments.expire")
    assert TEN in await starts(world)

    await pay(world, appointment)

    assert (await show(world, appointment))["status"] == "CONFIRMED"
    assert TEN not in await starts(world)
    assert codes(await book(world, TEN, as_=OTHER_PATIENT)) == ["SLOT_UNAVAILABLE"]


async def test_a_payment_for_a_slot_that_another_has_is_given_back(world: World) -> None:
    appointment = await booked(world)
    world.clock.advance(timedelta(minutes=20))
    others = await confirmed(world, TEN, as_=OTHER_PATIENT)

    await pay(world, appointment)

    assert (await show(world, appointment))["status"] == "EXPIRED"
    assert (await show(world, others, as_=OTHER_PATIENT))["status"] == "CONFIRMED"
    assert (await kinds(world))[-1] == "appointment.payment_unplaceable"
    assert (await world.published())[-1].data == {
        "appointment_id": appointment,
        "payment_id": "pay_1",
        "user_id": "usr_patient",
    }


async def test_a_payment_is_given_back_when_the_time_has_passed_or_it_was_cancelled_or_is_paid(world: World) -> None:
    late = await booked(world)
    cancelled = await booked(world, HALF_PAST_TEN, key="two")
    await change(world, "cancelAppointment", PATIENT, appointmentId=cancelled, reason="Well", idempotencyKey="c")
    paid = await confirmed(world, "2026-11-25T04:30:00Z", key="three")
    await world.run_job("appointments.expire")
    await pay(world, cancelled, "pay_2")
    await pay(world, paid, "pay_3")
    world.clock.advance(timedelta(days=3))
    await pay(world, late, "pay_4")

    assert (await kinds(world))[-3:] == ["appointment.payment_unplaceable"] * 3
    assert (await show(world, paid))["status"] == "CONFIRMED"
    assert (await show(world, cancelled))["status"] == "CANCELLED"


async def test_an_appointment_is_checked_in_and_completed_before_its_time_too(world: World) -> None:
    appointment = await confirmed(world)

    assert (await change(world, "checkInAppointment", DOCTOR, appointmentId=appointment))["userErrors"] == []
    payload = await change(world, "completeAppointment", DOCTOR, appointmentId=appointment)

    assert payload["appointment"]["status"] == "COMPLETED"
    assert (await kinds(world))[-3:] == [
        "appointment.confirmed",
        "appointment.checked_in",
        "appointment.completed",
    ]
    assert TEN not in await starts(world)


async def test_every_other_transition_is_refused(world: World) -> None:
    pending = await booked(world)
    for mutation in ("checkInAppointment", "completeAppointment", "markNoShow"):
        assert codes(await change(world, mutation, DOCTOR, appointmentId=pending)) == ["INVALID_STATE"]
    await pay(world, pending)
    assert codes(await change(world, "completeAppointment", DOCTOR, appointmentId=pending)) == ["INVALID_STATE"]
    await change(world, "markNoShow", ADMIN, appointmentId=pending)
    before = await kinds(world)
    for mutation in ("checkInAppointment", "completeAppointment", "markNoShow"):
        assert codes(await change(world, mutation, DOCTOR, appointmentId=pending)) == ["INVALID_STATE"]
    cancelling = await change(
        world, "cancelAppointment", DOCTOR, appointmentId=pending, reason="No", idempotencyKey="c"
    )
    assert codes(cancelling) == ["INVALID_STATE"]
    assert await kinds(world) == before


async def test_foreign_and_missing_appointments_answer_alike(world: World) -> None:
    appointment = await confirmed(world)
    for asked, caller in ((appointment, OTHER_DOCTOR), ("apt_none", DOCTOR)):
        payload = await change(world, "checkInAppointment", caller, appointmentId=asked)
        assert codes(payload) == ["NOT_FOUND"]
    for asked, caller in ((appointment, OTHER_PATIENT), ("apt_none", PATIENT)):
        for mutation, more in (
            ("cancelAppointment", {"reason": "No"}),
            ("rescheduleAppointment", {"startsAt": HALF_PAST_TEN}),
        ):
            payload = await change(world, mutation, caller, appointmentId=asked, idempotencyKey="k", **more)
            assert codes(payload) == ["NOT_FOUND"]
        assert await show(world, asked, as_=caller) is None


@pytest.mark.parametrize(("ahead", "refund"), [(timedelta(hours=24), True), (timedelta(hours=24, minutes=-1), False)])
async def test_a_patient_has_a_refund_until_a_day_before_and_none_later(
    world: World, ahead: timedelta, refund: bool
) -> None:
    appointment = await confirmed(world, "2026-11-25T04:30:00Z")
    world.clock.advance(timedelta(days=2, minutes=30) - ahead)

    payload = await change(
        world, "cancelAppointment", PATIENT, appointmentId=appointment, reason=" Well again ", idempotencyKey="c"
    )

    assert payload["appointment"]["status"] == "CANCELLED"
    assert payload["appointment"]["cancellationReason"] == "Well again"
    data = (await world.published())[-1].data
    assert (data["refund"], data["by"]) == (refund, "patient")
    assert "2026-11-25T04:30:00Z" in await starts(world, "2026-11-25", "2026-11-25")


async def test_once_it_has_begun_only_the_doctor_and_admins_cancel(world: World) -> None:
    appointment = await confirmed(world, TEN)
    world.clock.advance(timedelta(days=1, minutes=30))
    asked = {"appointmentId": appointment, "reason": "Ill", "idempotencyKey": "c"}

    assert codes(await change(world, "cancelAppointment", PATIENT, **asked)) == ["TOO_LATE_TO_CANCEL"]
    payload = await change(world, "cancelAppointment", ADMIN, **asked)

    assert payload["appointment"]["status"] == "CANCELLED"
    (cancelled,) = [one for one in await world.published() if one.type == "appointment.cancelled"]
    assert (cancelled.data["refund"], cancelled.data["by"]) == (True, "admin")
    audited = [one.data["action"] for one in await world.published() if one.topic == "audit"]
    assert audited == ["appointment.cancel"]


async def test_cancelling_twice_is_the_same_as_once(world: World) -> None:
    appointment = await confirmed(world)
    asked = {"appointmentId": appointment, "reason": "Ill"}

    payloads = await asyncio.gather(
        *(change(world, "cancelAppointment", PATIENT, **asked, idempotencyKey=f"c{n % 2}") for n in range(6)),
        change(world, "cancelAppointment", DOCTOR, **asked, idempotencyKey="d"),
    )

    assert {payload["appointment"]["status"] for payload in payloads} == {"CANCELLED"}
    assert (await kinds(world)).count("appointment.cancelled") == 1
    conflict = await change(
        world, "cancelAppointment", PATIENT, appointmentId=appointment, reason="Well", idempotencyKey="c0"
    )
    assert codes(conflict) == ["IDEMPOTENCY_CONFLICT"]
    blank = await change(world, "cancelAppointment", PATIENT, appointmentId=appointment, reason=" ", idempotencyKey="e")
    assert (codes(blank), blank["userErrors"][0]["field"]) == (["INVALID_INPUT"], ["reason"])


async def test_moving_is_one_step_that_its_own_time_does_not_block(world: World) -> None:
    appointment = await confirmed(world, TEN)
    await publish(world, slotMinutes=45)
    quarter_past = "2026-11-24T04:15:00Z"

    payload = await change(
        world, "rescheduleAppointment", PATIENT, appointmentId=appointment, startsAt=quarter_past, idempotencyKey="r"
    )
    again = await change(
        world, "rescheduleAppointment", PATIENT, appointmentId=appointment, startsAt=quarter_past, idempotencyKey="r"
    )

    assert payload["userErrors"] == []
    assert payload["appointment"] == again["appointment"]
    assert payload["appointment"] | {"id": ""} == {
        "id": "",
        "status": "CONFIRMED",
        "startsAt": quarter_past,
        "endsAt": "2026-11-24T05:00:00Z",
        "payBy": None,
        "fee": {"amount": "499.00", "currency": "INR"},
        "rescheduleCount": 1,
        "cancellationReason": None,
    }
    moved = (await world.published())[-1]
    assert (moved.type, moved.data["previous_starts_at"]) == ("appointment.rescheduled", TEN)
    assert await starts(world) == ["2026-11-24T03:30:00Z", "2026-11-24T05:00:00Z", "2026-11-24T05:45:00Z"]


async def test_an_appointment_moves_three_times_at_most_and_only_to_free_slots(world: World) -> None:
    appointment = await confirmed(world, TEN)
    await booked(world, HALF_PAST_TEN, as_=OTHER_PATIENT)

    async def move(starts_at: str, key: str) -> list[str]:
        return codes(
            await change(
                world,
                "rescheduleAppointment",
                PATIENT,
                appointmentId=appointment,
                startsAt=starts_at,
                idempotencyKey=key,
            )
        )

    assert await move(HALF_PAST_TEN, "taken") == ["SLOT_UNAVAILABLE"]
    assert await move(TEN, "same") == ["INVALID_INPUT"]
    assert await move("2026-11-24T04:35:00Z", "unlisted") == ["SLOT_UNAVAILABLE"]
    assert await move("2026-11-25T03:30:00Z", "1") == []
    assert await move("2026-11-25T04:00:00Z", "1") == ["IDEMPOTENCY_CONFLICT"]
    assert await move("2026-11-25T04:00:00Z", "2") == []
    assert await move("2026-11-25T03:30:00Z", "3") == []
    assert await move("2026-11-25T04:00:00Z", "4") == ["RESCHEDULE_LIMIT"]
    assert (await kinds(world)).count("appointment.rescheduled") == 3


async def test_an_unpaid_appointment_moves_with_its_hold(world: World) -> None:
    appointment = await booked(world, TEN)
    await change(
        world, "rescheduleAppointment", PATIENT, appointmentId=appointment, startsAt=HALF_PAST_TEN, idempotencyKey="r"
    )

    world.clock.advance(timedelta(minutes=15))

    assert (await show(world, appointment))["status"] == "EXPIRED"
    assert HALF_PAST_TEN in await starts(world)
    moved = await change(
        world, "rescheduleAppointment", PATIENT, appointmentId=appointment, startsAt=TEN, idempotencyKey="s"
    )
    assert codes(moved) == ["INVALID_STATE"]


async def test_reminders_are_due_a_day_and_an_hour_before_once_each_and_anew_after_a_move(world: World) -> None:
    appointment = await confirmed(world, "2026-11-25T04:30:00Z")
    await confirmed(world, "2026-11-23T05:00:00Z", key="same day")

    async def due() -> list[str]:
        await world.run_job("appointments.remind")
        await world.run_job("appointments.remind")
        reminders = [one for one in await world.published() if one.type == "appointment.reminder_due"]
        assert {one.subject for one in reminders} <= {appointment}
        return [one.data["kind"] for one in reminders]

    assert await due() == []
    world.clock.advance(timedelta(days=1, hours=2))
    assert await due() == ["24h"]
    await change(
        world,
        "rescheduleAppointment",
        PATIENT,
        appointmentId=appointment,
        startsAt="2026-11-26T04:30:00Z",
        idempotencyKey="r",
    )
    assert await due() == ["24h"]
    world.clock.advance(timedelta(days=1, hours=21, minutes=40))
    assert await due() == ["24h", "1h"]
