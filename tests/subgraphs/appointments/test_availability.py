"""Publishing hours: what is refused names its field, and what is published is what is listed."""

from datetime import timedelta
from typing import Any

import pytest

from tests.subgraphs.appointments.asking import (
    OVERRIDE,
    SLOTS,
    book,
    codes,
    confirmed,
    kinds,
    publish,
    show,
    starts,
    weekly,
)
from tests.subgraphs.callers import DOCTOR, service
from tests.subgraphs.harness import World, code_of

DATES = """query($r: [_Any!]!, $from: Date!, $to: Date!) { _entities(representations: $r) {
    ... on Doctor { nextAvailableSlot { startsAt } openDates(from: $from, to: $to) } } }"""


async def override(world: World, day: str, *windows: tuple[str, str]) -> dict[str, Any]:
    input_ = {"date": day, "windows": [{"from": begins, "to": ends} for begins, ends in windows]}
    answer = await world.ask(OVERRIDE, {"input": input_}, as_=DOCTOR)
    payload: dict[str, Any] = answer["data"]["overrideAvailability"]
    return payload


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weekly": weekly("09:00", "09:00")}, ["weekly", "0", "to"]),
        ({"weekly": weekly("12:00", "09:00")}, ["weekly", "0", "to"]),
        ({"weekly": weekly("09:00", "09:20")}, ["weekly", "0", "to"]),
        ({"weekly": weekly("09:03", "12:00")}, ["weekly", "0", "from"]),
        ({"weekly": weekly("09:00", "12:01")}, ["weekly", "0", "to"]),
        ({"weekly": [*weekly(), *weekly("11:30", "13:00", ("SUNDAY",))]}, ["weekly", "7", "from"]),
        ({"weekly": weekly() * 20}, ["weekly"]),
        ({"slotMinutes": 0}, ["slotMinutes"]),
        ({"slotMinutes": 7}, ["slotMinutes"]),
        ({"slotMinutes": 485}, ["slotMinutes"]),
        ({"bufferMinutes": -5}, ["bufferMinutes"]),
        ({"bufferMinutes": 3}, ["bufferMinutes"]),
        ({"minimumNoticeMinutes": -1}, ["minimumNoticeMinutes"]),
        ({"horizonDays": 0}, ["horizonDays"]),
        ({"horizonDays": 366}, ["horizonDays"]),
        ({"validFrom": "2026-12-02", "validTo": "2026-12-01"}, ["validTo"]),
    ],
)
async def test_hours_that_cannot_be_are_refused_by_field(
    world: World, changes: dict[str, Any], field: list[str]
) -> None:
    payload = await publish(world, **changes)

    assert codes(payload) == ["INVALID_INPUT"]
    assert payload["userErrors"][0]["field"] == field
    assert payload["doctor"] is None
    assert await kinds(world) == []


async def test_nothing_is_listed_before_hours_are_published(world: World) -> None:
    assert await starts(world) == []
    assert codes(await override(world, "2026-11-24", ("09:00", "10:00"))) == ["INVALID_STATE"]


async def test_a_date_may_be_a_day_off_or_have_hours_of_its_own_and_keeps_them(world: World) -> None:
    await publish(world)

    assert codes(await override(world, "2026-11-24")) == []
    assert codes(await override(world, "2026-11-25", ("23:00", "24:00"))) == []
    await publish(world, slotMinutes=60)

    assert await starts(world) == []
    assert await starts(world, "2026-11-25", "2026-11-25") == ["2026-11-25T17:30:00Z"]
    assert len(await starts(world, "2026-11-26", "2026-11-26")) == 3
    assert await kinds(world) == [
        "availability.published",
        "availability.overridden",
        "availability.overridden",
        "availability.published",
    ]


async def test_an_override_is_checked_like_weekly_hours(world: World) -> None:
    await publish(world)

    payload = await override(world, "2026-11-24", ("09:00", "10:00"), ("09:30", "11:00"))

    assert codes(payload) == ["INVALID_INPUT"]
    assert payload["userErrors"][0]["field"] == ["windows", "1", "from"]


@pytest.mark.parametrize("day", ["2026-11-21", "2027-11-25", "9999-12-31", "0001-01-01"])
async def test_a_date_that_can_never_be_booked_has_no_hours_of_its_own(world: World, day: str) -> None:
    await publish(world)

    payload = await override(world, day, ("09:00", "10:00"))

    assert codes(payload) == ["INVALID_INPUT"]
    assert payload["userErrors"][0]["field"] == ["date"]
    assert await kinds(world) == ["availability.published"]


async def test_a_day_off_leaves_the_booked_appointment_alone(world: World) -> None:
    await publish(world)
    appointment = await confirmed(world)

    await override(world, "2026-11-24")

    assert (await show(world, appointment))["status"] == "CONFIRMED"
    assert codes(await book(world, "2026-11-24T05:30:00Z", key="other")) == ["SLOT_UNAVAILABLE"]


async def test_notice_and_horizon_bound_the_list(world: World) -> None:
    await publish(world, minimumNoticeMinutes=30 * 60, horizonDays=2)

    assert await starts(world, "2026-11-20", "2026-12-20") == [
        "2026-11-25T03:30:00Z",
        "2026-11-25T04:00:00Z",
        "2026-11-25T04:30:00Z",
        "2026-11-25T05:00:00Z",
        "2026-11-25T05:30:00Z",
        "2026-11-25T06:00:00Z",
    ]


async def test_a_list_of_slots_is_at_most_sixty_two_days_and_forward(world: World) -> None:
    for first, last in (("2026-11-24", "2026-11-23"), ("2026-11-24", "2027-01-25")):
        variables = {"r": [{"__typename": "Doctor", "id": "doc_doctor"}], "from": first, "to": last}
        answer = await world.ask(SLOTS, variables)
        assert code_of(answer) == "BAD_USER_INPUT"
        assert answer["errors"][0]["extensions"]["field"] == ["to"]
        assert answer["data"]["_entities"][0]["slots"] is None


async def test_the_directory_learns_next_slots_and_open_dates_of_many_doctors_at_once(world: World) -> None:
    await publish(world, weekly=weekly("09:00", "09:30", ("WEDNESDAY", "FRIDAY")))
    await book(world, "2026-11-25T03:30:00Z")
    doctors = [{"__typename": "Doctor", "id": f"doc_{n}"} for n in range(20)]
    variables = {
        "r": [*doctors, {"__typename": "Doctor", "id": "doc_doctor"}],
        "from": "2026-11-23",
        "to": "2026-12-03",
    }
    world.peers.asked.clear()

    answer = await world.ask(DATES, variables, as_=service("appointments:read"))

    assert answer["data"]["_entities"][-1] == {
        "nextAvailableSlot": {"startsAt": "2026-11-27T03:30:00Z"},
        "openDates": ["2026-11-27", "2026-12-02"],
    }
    assert answer["data"]["_entities"][0] == {"nextAvailableSlot": None, "openDates": []}
    assert len(world.peers.asked) == 1


async def test_the_next_slot_is_found_however_far_the_calendar_is_open(world: World) -> None:
    await publish(world, horizonDays=365, validFrom="2027-06-01")
    variables = {"r": [{"__typename": "Doctor", "id": "doc_doctor"}], "from": "2026-11-23", "to": "2026-11-23"}

    answer = await world.ask(DATES, variables, as_=service("appointments:read"))

    assert answer["data"]["_entities"][0]["nextAvailableSlot"] == {"startsAt": "2027-06-01T03:30:00Z"}


async def test_hours_follow_the_doctors_zone(world: World) -> None:
    await publish(world)
    world.peers.knows("Doctor", "doc_doctor", timeZone="America/New_York")
    world.clock.advance(timedelta(seconds=31))

    assert (await starts(world))[0] == "2026-11-24T14:00:00Z"
