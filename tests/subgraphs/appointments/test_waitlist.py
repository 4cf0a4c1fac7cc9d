"""The waitlist: what is given back is offered to the first who waits, held for a while, then offered to the next."""

from datetime import timedelta
from typing import Any

import pytest

from shared.auth import Caller
from shared.errors import SubgraphUnavailable
from tests.subgraphs.appointments.asking import (
    ENTRY,
    ERRORS,
    TEN,
    book,
    change,
    codes,
    confirmed,
    join,
    kinds,
    publish,
    starts,
    weekly,
)
from tests.subgraphs.callers import DOCTOR, OTHER_DOCTOR, OTHER_PATIENT, PATIENT
from tests.subgraphs.harness import World

ENTRIES = f"""query($r: [_Any!]!) {{ _entities(representations: $r) {{
    ... on User {{ waitlistEntries {{ {ENTRY} }} }} }} }}"""
THIRD = Caller(
    account_id="acc_third",
    roles=frozenset({"PATIENT"}),
    permissions=frozenset({"appointments:book"}),
    user_id="usr_third",
    email_verified=True,
)


@pytest.fixture(autouse=True)
async def _one_slot_a_day(world: World) -> None:
    await publish(world, weekly=weekly("10:00", "10:30"))


async def leave(world: World, as_: Caller, entry_id: str) -> dict[str, Any]:
    answer = await world.ask(
        f"mutation($input: LeaveWaitlistInput!) {{ leaveWaitlist(input: $input) {{ entry {{ status }} {ERRORS} }} }}",
        {"input": {"waitlistEntryId": entry_id}},
        as_=as_,
    )
    payload: dict[str, Any] = answer["data"]["leaveWaitlist"]
    return payload


async def entry(world: World, as_: Caller) -> dict[str, Any]:
    answer = await world.ask(
        ENTRIES,
        {"r": [{"__typename": "User", "id": as_.user_id}]},
        as_=as_,
    )
    found: dict[str, Any] = answer["data"]["_entities"][0]["waitlistEntries"][0]
    return found


async def free(world: World, appointment_id: str) -> None:
    """Cancel, and let the subgraph hear its own event."""
    await change(world, "cancelAppointment", DOCTOR, appointmentId=appointment_id, reason="Ill", idempotencyKey="c")
    (cancelled,) = [one for one in await world.published() if one.type == "appointment.cancelled"]
    await world.redeliver(cancelled)
    await world.redeliver(cancelled)


async def test_a_freed_slot_is_held_for_whoever_waited_longest(world: World) -> None:
    appointment = await confirmed(world, TEN, as_=THIRD)
    await join(world, PATIENT)
    world.clock.advance(timedelta(seconds=1))
    await join(world, OTHER_PATIENT)

    await free(world, appointment)

    offered = await entry(world, PATIENT)
    assert offered | {"id": ""} == {
        "id": "",
        "status": "OFFERED",
        "from": "2026-11-24",
        "to": "2026-11-26",
        "offeredSlot": {"startsAt": TEN, "fee": {"amount": "499.00"}},
        "offerExpiresAt": "2026-11-23T04:30:01Z",
    }
    assert (await entry(world, OTHER_PATIENT))["status"] == "WAITING"
    assert await starts(world) == []
    assert codes(await book(world, TEN, as_=OTHER_PATIENT)) == ["SLOT_UNAVAILABLE"]
    assert (await kinds(world)).count("waitlist.offered") == 1

    assert (await book(world, TEN, as_=PATIENT))["userErrors"] == []
    assert (await entry(world, PATIENT))["status"] == "BOOKED"
    assert (await kinds(world))[-2:] == ["waitlist.booked", "appointment.booked"]


async def test_an_offer_that_lapses_goes_to_the_next(world: World) -> None:
    appointment = await confirmed(world, TEN, as_=THIRD)
    await join(world, PATIENT)
    world.clock.advance(timedelta(seconds=1))
    await join(world, OTHER_PATIENT)
    await free(world, appointment)

    world.clock.advance(timedelta(minutes=30))

    assert (await entry(world, PATIENT))["status"] == "EXPIRED"
    assert await starts(world) == [TEN]
    await world.run_job("appointments.waitlist")
    assert (await entry(world, OTHER_PATIENT))["status"] == "OFFERED"
    assert await starts(world) == []


async def test_an_offer_that_lapsed_while_it_could_not_be_passed_on_is_passed_on_by_its_event(world: World) -> None:
    appointment = await confirmed(world, TEN, as_=THIRD)
    await join(world, PATIENT)
    world.clock.advance(timedelta(seconds=1))
    await join(world, OTHER_PATIENT)
    await free(world, appointment)
    world.clock.advance(timedelta(minutes=30))
    world.peers.down.add("doctors")
    with pytest.raises(SubgraphUnavailable):
        await world.run_job("appointments.waitlist")
    world.peers.down.clear()
    await world.run_job("appointments.waitlist")
    (expired,) = [one for one in await world.published() if one.type == "waitlist.expired"]

    await world.redeliver(expired)
    await world.redeliver(expired)

    assert (await entry(world, OTHER_PATIENT))["status"] == "OFFERED"
    assert (await kinds(world)).count("waitlist.offered") == 2


async def test_leaving_passes_the_offer_on_and_leaving_twice_is_once(world: World) -> None:
    appointment = await confirmed(world, TEN, as_=THIRD)
    mine = (await join(world, PATIENT))["entry"]["id"]
    world.clock.advance(timedelta(seconds=1))
    await join(world, OTHER_PATIENT)
    await free(world, appointment)

    assert codes(await leave(world, OTHER_PATIENT, mine)) == ["NOT_FOUND"]
    assert (await leave(world, PATIENT, mine))["entry"]["status"] == "LEFT"
    assert (await leave(world, PATIENT, mine))["entry"]["status"] == "LEFT"

    assert (await entry(world, OTHER_PATIENT))["status"] == "OFFERED"
    assert (await kinds(world)).count("waitlist.left") == 1


async def test_waiting_twice_for_the_same_is_one_entry(world: World) -> None:
    first = await join(world, PATIENT)
    second = await join(world, PATIENT)

    assert first["entry"]["id"] == second["entry"]["id"]
    assert (await kinds(world)).count("waitlist.joined") == 1


async def test_only_those_who_wait_for_that_date_are_offered_it(world: World) -> None:
    appointment = await confirmed(world, TEN, as_=THIRD)
    await join(world, PATIENT, "2026-11-25", "2026-11-26")

    await free(world, appointment)

    assert (await entry(world, PATIENT))["status"] == "WAITING"
    assert await starts(world) == [TEN]


async def test_whoever_is_elsewhere_at_that_time_keeps_waiting(world: World) -> None:
    await publish(world, as_=OTHER_DOCTOR)
    appointment = await confirmed(world, TEN, as_=THIRD)
    await book(world, TEN, as_=PATIENT, doctorId=OTHER_DOCTOR.doctor_id)
    await join(world, PATIENT)
    world.clock.advance(timedelta(seconds=1))
    await join(world, OTHER_PATIENT)

    await free(world, appointment)

    assert (await entry(world, PATIENT))["status"] == "WAITING"
    assert (await entry(world, OTHER_PATIENT))["status"] == "OFFERED"


async def test_dates_that_cannot_be_waited_for_are_refused(world: World) -> None:
    for first, last in (("2026-11-26", "2026-11-25"), ("2026-11-01", "2026-11-02"), ("2026-11-24", "2027-02-24")):
        payload = await join(world, PATIENT, first, last)
        assert (codes(payload), payload["userErrors"][0]["field"]) == (["INVALID_INPUT"], ["to"])
    world.peers.knows("Doctor", "doc_doctor", status="PENDING")
    assert codes(await join(world, PATIENT)) == ["DOCTOR_NOT_BOOKABLE"]
    assert "waitlist.joined" not in await kinds(world)


async def test_entries_whose_dates_are_past_expire(world: World) -> None:
    await join(world, PATIENT)
    world.clock.advance(timedelta(days=6))

    await world.run_job("appointments.waitlist")

    assert (await entry(world, PATIENT))["status"] == "EXPIRED"
