"""Slots as pure functions: exact days around clock changes, and properties over any hours, zone and date."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subgraphs.appointments.errors import BeyondHorizon, SlotUnavailable, TooShortNotice
from subgraphs.appointments.service.hours import Hours, Window, Windows
from subgraphs.appointments.service.slots import open_slots, slot_at, slots_of_day, today_in

NEW_YORK = "America/New_York"
SPRING = date(2027, 3, 14)
AUTUMN = date(2026, 11, 1)
ZONES = st.sampled_from(
    [
        "Africa/Cairo",
        "America/New_York",
        "America/Santiago",
        "America/St_Johns",
        "Asia/Beirut",
        "Asia/Kathmandu",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "Europe/London",
        "Pacific/Apia",
        "Pacific/Chatham",
        "UTC",
    ]
)
DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
FIVES = st.integers(0, 288).map(lambda ticks: ticks * 5)


@st.composite
def windows(draw: st.DrawFn) -> Windows:
    """Draw up to three windows of a day that do not overlap."""
    ends = sorted(draw(st.sets(FIVES, max_size=6)))
    return tuple(Window(begins, until) for begins, until in zip(ends[::2], ends[1::2], strict=False))


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    """Draw what a doctor might publish."""
    return Hours(
        weekly=tuple(draw(windows()) for _ in range(7)),
        slot_minutes=draw(st.integers(1, 24).map(lambda ticks: ticks * 5)),
        buffer_minutes=draw(st.integers(0, 6).map(lambda ticks: ticks * 5)),
        minimum_notice_minutes=draw(st.integers(0, 3000)),
        horizon_days=draw(st.integers(1, 20)),
        valid_from=draw(st.none() | DAYS),
        overrides=draw(st.dictionaries(DAYS, windows(), max_size=2)),
    )


def clock_times(zone: str, day: date, *windows: tuple[int, int], slot: int = 30) -> list[str]:
    """Answer the local beginnings and their offsets."""
    found = slots_of_day(zone, day, tuple(Window(*window) for window in windows), slot, 0)
    return [f"{one.starts_at.astimezone(ZoneInfo(zone)):%H:%M%z}" for one in found]


def test_local_hours_stay_the_same_across_a_clock_change() -> None:
    before = slots_of_day(NEW_YORK, date(2027, 3, 13), (Window(540, 600),), 30, 0)
    after = slots_of_day(NEW_YORK, date(2027, 3, 15), (Window(540, 600),), 30, 0)

    assert [one.starts_at.hour for one in before] == [14, 14]
    assert [one.starts_at.hour for one in after] == [13, 13]


def test_a_time_in_the_spring_gap_is_never_offered() -> None:
    assert clock_times(NEW_YORK, SPRING, (60, 240)) == ["01:00-0500", "01:30-0500", "03:00-0400", "03:30-0400"]


def test_a_slot_that_would_run_into_the_gap_ends_within_its_window_or_is_not_offered() -> None:
    assert clock_times(NEW_YORK, SPRING, (75, 150), slot=60) == []
    assert clock_times(NEW_YORK, SPRING, (100, 300), slot=40) == ["01:40-0500", "03:40-0400", "04:20-0400"]


def test_a_time_in_the_autumn_fold_is_offered_once() -> None:
    assert clock_times(NEW_YORK, AUTUMN, (30, 150)) == ["00:30-0400", "01:00-0400", "01:30-0400", "02:00-0500"]


def test_a_window_may_end_at_midnight() -> None:
    assert clock_times("Asia/Kolkata", date(2026, 11, 23), (1380, 1440)) == ["23:00+0530", "23:30+0530"]


def test_an_override_stands_for_itself_and_weekly_hours_end_with_their_validity() -> None:
    morning, evening = (Window(540, 600),), (Window(1080, 1140),)
    published = Hours(
        weekly=(morning,) * 7,
        slot_minutes=60,
        valid_from=date(2026, 11, 24),
        valid_to=date(2026, 11, 25),
        overrides={date(2026, 11, 25): (), date(2026, 11, 27): evening},
    )
    now = datetime(2026, 11, 23, tzinfo=UTC)

    found = open_slots(published, "UTC", now, date(2026, 11, 20), date(2026, 12, 20))

    assert [f"{one.starts_at:%d %H}" for one in found] == ["24 09", "27 18"]


@given(zone=ZONES, day=DAYS, day_windows=windows(), ticks=st.integers(1, 24), rest=st.integers(0, 6))
def test_slots_of_a_day_keep_their_length_their_windows_and_their_distance(
    zone: str, day: date, day_windows: Windows, ticks: int, rest: int
) -> None:
    length, buffer = timedelta(minutes=ticks * 5), timedelta(minutes=rest * 5)

    found = slots_of_day(zone, day, day_windows, ticks * 5, rest * 5)

    for slot in found:
        begins, ends = (instant.astimezone(ZoneInfo(zone)) for instant in (slot.starts_at, slot.ends_at))
        minute = begins.hour * 60 + begins.minute
        until = (ends.replace(tzinfo=None) - datetime(day.year, day.month, day.day)).total_seconds() / 60  # noqa: DTZ001  Wall-clock minutes are counted.
        assert begins.date() == day
        assert begins.fold == 0
        assert slot.ends_at - slot.starts_at == length
        assert slot.starts_at.timestamp() % 300 == 0
        assert any(
            window.begins <= minute and until <= window.ends and (minute - window.begins) % ((ticks + rest) * 5) == 0
            for window in day_windows
        )
    for window in day_windows:
        inside = [slot for slot in found if window.begins <= _minute(slot.starts_at, zone) < window.ends]
        assert all(one.ends_at + buffer <= other.starts_at for one, other in pairwise(inside))


@given(published=hours(), zone=ZONES, now=st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1)), off=st.integers())  # noqa: DTZ001  Made aware below.
def test_what_is_listed_is_bookable_and_what_is_not_listed_is_refused(
    published: Hours, zone: str, now: datetime, off: int
) -> None:
    now = now.replace(tzinfo=UTC, microsecond=0)
    today = today_in(zone, now)
    listed = list(open_slots(published, zone, now, today - timedelta(days=9), today + timedelta(days=40)))
    beginnings = {slot.starts_at for slot in listed}

    for slot in listed:
        assert slot_at(published, zone, now, slot.starts_at) == slot
    asked = now + timedelta(minutes=off % (30 * 24 * 60))
    if asked not in beginnings:
        with pytest.raises((TooShortNotice, BeyondHorizon, SlotUnavailable)):
            slot_at(published, zone, now, asked)


def _minute(instant: datetime, zone: str) -> int:
    local = instant.astimezone(ZoneInfo(zone))
    return local.hour * 60 + local.minute
