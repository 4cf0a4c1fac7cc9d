"""Which slots there are: pure functions of published hours, a zone and the present instant.

A window is cut into slots from its beginning, a slot and its buffer at a time, on the wall clock of the doctor's zone,
so that local hours stay the same across clock changes. Then each beginning is turned into an instant:

* a local time that does not exist (the spring gap) begins no slot;
* one that exists twice (the autumn fold) begins one slot, at its first occurrence;
* every slot lasts its full length in real time. One that runs into the gap therefore ends later by the wall clock: it
  is offered only if that is still within the window, and those that it would run into are not.

Listing and booking ask the same `slots_of_day`, so what is listed is bookable and what is not listed is refused.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from subgraphs.appointments.errors import BeyondHorizon, SlotUnavailable, TooShortNotice
from subgraphs.appointments.service.hours import Hours, Windows
from subgraphs.appointments.service.ticks import on_tick, reserved_ticks

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """A slot in time, half-open, with what the doctor needs after it; `ticks` are the doctor's that it takes.

    They are counted once, since intervals are kept (`slots_of_day`) and asked for their ticks with every listing.
    """

    starts_at: datetime
    ends_at: datetime
    buffer_minutes: int
    ticks: range = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ticks", reserved_ticks(self.starts_at, self.ends_at, self.buffer_minutes))

    def is_free(self, busy: AbstractSet[int]) -> bool:
        """Tell whether none of its ticks is busy."""
        return busy.isdisjoint(self.ticks)


@lru_cache(maxsize=20_000)
def slots_of_day(
    zone_name: str, day: date, windows: Windows, slot_minutes: int, buffer_minutes: int
) -> tuple[Interval, ...]:
    """Cut one date's windows into slots, in order."""
    zone = ZoneInfo(zone_name)
    midnight = datetime.combine(day, time())
    length, buffer = timedelta(minutes=slot_minutes), timedelta(minutes=buffer_minutes)
    found: list[Interval] = []
    for window in windows:
        free_from = None
        for minute in range(window.begins, window.ends - slot_minutes + 1, slot_minutes + buffer_minutes):
            starts_at = _instant(midnight + timedelta(minutes=minute), zone)
            if starts_at is None or (free_from is not None and starts_at < free_from):
                continue
            ends_at = starts_at + length
            wall_end = ends_at.astimezone(zone).replace(tzinfo=None)
            if wall_end - midnight > timedelta(minutes=window.ends) or not on_tick(starts_at):
                continue
            found.append(Interval(starts_at, ends_at, buffer_minutes))
            free_from = ends_at + buffer
    return tuple(found)


def _instant(local: datetime, zone: ZoneInfo) -> datetime | None:
    """Answer the first instant at which the wall clock shows `local`; None if it never does."""
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None) == local else None


def today_in(zone_name: str, now: datetime) -> date:
    """Answer the date in a zone."""
    return now.astimezone(ZoneInfo(zone_name)).date()


def date_of(zone_name: str, starts_at: datetime) -> date:
    """Answer the date of a wish in a zone; raises BeyondHorizon where the calendar itself ends (year 9999)."""
    try:
        return today_in(zone_name, starts_at)
    except OverflowError:
        raise BeyondHorizon(field=["startsAt"]) from None


def open_slots(hours: Hours, zone_name: str, now: datetime, first: date, last: date) -> Iterator[Interval]:
    """Yield the slots between two dates of the doctor's calendar that the rules allow now, taken or not, in order."""
    today = today_in(zone_name, now)
    earliest = now + timedelta(minutes=hours.minimum_notice_minutes)
    day, end = max(first, today), min(last, hours.last_day(today))
    while day <= end:
        windows = hours.windows_on(day)
        if windows:
            for slot in slots_of_day(zone_name, day, windows, hours.slot_minutes, hours.buffer_minutes):
                if slot.starts_at >= earliest:
                    yield slot
        day += ONE_DAY


def slot_at(hours: Hours, zone_name: str, now: datetime, starts_at: datetime) -> Interval:
    """Answer the slot that begins at an instant, or raise TooShortNotice, BeyondHorizon, SlotUnavailable."""
    day = date_of(zone_name, starts_at)
    if starts_at < now + timedelta(minutes=hours.minimum_notice_minutes):
        raise TooShortNotice(field=["startsAt"])
    if day > hours.last_day(today_in(zone_name, now)):
        raise BeyondHorizon(field=["startsAt"])
    for slot in open_slots(hours, zone_name, now, day, day):
        if slot.starts_at == starts_at:
            return slot
    raise SlotUnavailable(field=["startsAt"])
