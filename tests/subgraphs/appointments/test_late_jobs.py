"""Clock jobs that nobody has run for an hour, and that two workers then run at once: each effect is there once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shared.auth import Caller
from tests.subgraphs.appointments.asking import booked, change, codes, confirmed, join, publish, starts, weekly
from tests.subgraphs.appointments.conftest import FEE
from tests.subgraphs.appointments.reserved import appointments
from tests.subgraphs.callers import DOCTOR, PATIENT
from tests.subgraphs.harness import World

JOBS = ("appointments.expire", "appointments.remind", "appointments.waitlist")
TODAY, TOMORROW = "2026-11-23", "2026-11-24"


def patient(number: int) -> Caller:
    return replace(PATIENT, account_id=f"acc_{number}", user_id=f"usr_{number}")


def at(day: str, hour: int, half: bool = False) -> str:
    return f"{day}T{hour:02}:{'30' if half else '00'}:00Z"


@pytest.fixture
async def workers(world: World, mongo_url: str, sql_url: str, tmp_path: Path) -> AsyncIterator[list[World]]:
    """Two workers over the same tables, each a process of its own but for the process."""
    (folder := tmp_path / "other").mkdir()
    other = await World.open("appointments", mongo_url=mongo_url, sql_url=sql_url, folder=folder)
    assert DOCTOR.doctor_id is not None
    facts = {"status": "ACTIVE", "timeZone": "UTC", "consultationFee": FEE, "firstName": "A", "lastName": "B"}
    for one in (world, other):
        one.peers.knows("Doctor", DOCTOR.doctor_id, **facts)
    yield [world, other]
    await other.close()


async def run_late(workers: list[World]) -> None:
    """Let an hour go by in which no job runs; then run every job twice, on both workers, at once."""
    for worker in workers:
        worker.clock.advance(timedelta(hours=1))
    for _ in range(2):
        await asyncio.gather(*(worker.run_job(job) for job in JOBS for worker in workers))


async def told(world: World, *types: str) -> Counter[tuple[str, str, str]]:
    """Count what was announced, by type, subject and kind; the two worlds share the outbox."""
    (sql, _) = world.subgraph.stores
    events = [one for one in await sql.unpublished(10_000) if one.type in types]
    return Counter((one.type, one.subject, str(one.data.get("kind", ""))) for one in events)


async def test_holds_that_ended_an_hour_ago_expire_once_each(workers: list[World]) -> None:
    world = workers[0]
    await publish(world, weekly=weekly("00:00", "24:00"))
    unpaid = [await booked(world, at(TOMORROW, hour), as_=patient(hour), key=str(hour)) for hour in range(12)]
    paid = await confirmed(world, at(TOMORROW, 13), as_=patient(13))

    await run_late(workers)

    expired = await told(world, "appointment.expired")
    assert expired == {("appointment.expired", one, ""): 1 for one in unpaid}
    assert {row.id: row.status.value for row in await appointments(world)} == {
        **dict.fromkeys(unpaid, "EXPIRED"),
        paid: "CONFIRMED",
    }


async def test_reminders_that_came_due_within_the_hour_are_announced_once_each_and_a_late_one_is_the_nearer_one(
    workers: list[World],
) -> None:
    world = workers[0]
    await publish(world, weekly=weekly("00:00", "24:00"))
    # The clock stands at 04:00 and will be 05:00. Of what begins in between, nobody need be reminded any more.
    begun = await confirmed(world, at(TODAY, 4, half=True), as_=patient(1))
    hour_before = [await confirmed(world, at(TODAY, 5, half=True), as_=patient(2))]
    day_before = [
        await confirmed(world, at(TOMORROW, 4, half=True), as_=patient(3)),
        await confirmed(world, at(TOMORROW, 5), as_=patient(4)),
    ]
    later = await confirmed(world, at(TOMORROW, 5, half=True), as_=patient(5))

    await run_late(workers)

    reminded = await told(world, "appointment.reminder_due")
    assert reminded == {
        **{("appointment.reminder_due", one, "1h"): 1 for one in hour_before},
        **{("appointment.reminder_due", one, "24h"): 1 for one in day_before},
    }
    assert {begun, later} <= {row.id for row in await appointments(world)}


async def test_offers_that_lapsed_within_the_hour_pass_to_the_next_once(workers: list[World]) -> None:
    world = workers[0]
    await publish(world, weekly=weekly("10:00", "10:30"))
    appointment = await confirmed(world, at(TOMORROW, 10), as_=patient(0))
    entries = []
    for number in (1, 2, 3):
        payload = await join(world, patient(number))
        assert codes(payload) == []
        entries.append(payload["entry"]["id"])
        world.clock.advance(timedelta(seconds=1))
    await change(world, "cancelAppointment", DOCTOR, appointmentId=appointment, reason="Ill", idempotencyKey="c")
    (cancelled,) = [one for one in await world.published() if one.type == "appointment.cancelled"]
    await world.redeliver(cancelled)

    await run_late(workers)

    assert await told(world, "waitlist.offered", "waitlist.expired") == {
        ("waitlist.offered", entries[0], ""): 1,
        ("waitlist.expired", entries[0], ""): 1,
        ("waitlist.offered", entries[1], ""): 1,
    }
    assert await starts(world) == []
