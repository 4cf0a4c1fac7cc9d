"""Doctors publish their hours. Booked appointments are never touched: what changes is what is free.

A doctor who is not ACTIVE may publish too, to be ready; nothing is listed or bookable until they are ACTIVE. Publishing
again replaces the weekly hours and keeps the overrides of single dates, which stand for themselves (also outside of
`validFrom` and `validTo`): whoever took a day off meant that day, whatever the weekly hours become.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from shared.auth import Caller
from shared.clock import Clock
from shared.errors import Unauthenticated
from shared.events.declared import EventData, event
from shared.stores.sql import SqlStore
from subgraphs.appointments.errors import InvalidInput, InvalidState
from subgraphs.appointments.events import SOURCE, AvailabilityOverridden, AvailabilityPublished
from subgraphs.appointments.repository import AlreadyPublished, AvailabilityRepository
from subgraphs.appointments.service.hours import MINUTES_A_DAY, Window
from subgraphs.appointments.service.slots import ONE_DAY
from subgraphs.appointments.service.ticks import TICK_MINUTES
from subgraphs.appointments.tables import AvailabilityRow

LONGEST_SLOT = 8 * 60
LONGEST_BUFFER = 4 * 60
LONGEST_NOTICE = 60 * MINUTES_A_DAY
LONGEST_HORIZON = 365
MOST_WINDOWS = 100


@dataclass(frozen=True, slots=True)
class Publication:
    """What a doctor wants to publish; `weekly` are (day, window), Monday being 0, in the order of the input."""

    weekly: Sequence[tuple[int, Window]]
    slot_minutes: int
    buffer_minutes: int
    minimum_notice_minutes: int
    horizon_days: int
    valid_from: date | None
    valid_to: date | None


class Publishing:
    """Publishes weekly hours and overrides of single dates."""

    def __init__(self, store: SqlStore, repository: AvailabilityRepository, clock: Clock) -> None:
        self._store = store
        self._repository = repository
        self._clock = clock

    async def publish(self, caller: Caller, publication: Publication) -> str:
        """Replace the caller's weekly hours; answers the doctor's id. Raises InvalidInput."""
        doctor_id = _doctor(caller)
        _check(publication)
        values: dict[str, Any] = {
            "weekly": sorted([day, window.begins, window.ends] for day, window in publication.weekly),
            "slot_minutes": publication.slot_minutes,
            "buffer_minutes": publication.buffer_minutes,
            "minimum_notice_minutes": publication.minimum_notice_minutes,
            "horizon_days": publication.horizon_days,
            "valid_from": publication.valid_from,
            "valid_to": publication.valid_to,
        }

        async def work() -> None:
            now = self._clock.now()
            row = await self._repository.locked(doctor_id)
            if row is None:
                row = AvailabilityRow(doctor_id=doctor_id, version=1, changed_at=now, **values)
                await self._repository.add(row)
            else:
                for name, value in values.items():
                    setattr(row, name, value)
                await self._repository.touch(row, now)
            self._announce(AvailabilityPublished(doctor_id=doctor_id, version=row.version))

        try:
            await self._store.transaction(work)
        except AlreadyPublished:
            # The doctor's very first publication, twice at once: the other made the row, so now there is one to change.
            await self._store.transaction(work)
        return doctor_id

    async def override(self, caller: Caller, day: date, windows: Sequence[Window]) -> str:
        """Replace the windows of one date; none is a day off. Raises InvalidInput, InvalidState."""
        doctor_id = _doctor(caller)
        # A day of grace at either end: this subgraph does not know in which zone the doctor's day begins.
        today = self._clock.now().date()
        if not today - ONE_DAY <= day <= today + timedelta(days=LONGEST_HORIZON + 1):
            raise InvalidInput(f"A date from today on, at most {LONGEST_HORIZON} days ahead.", field=["date"])

        async def work() -> None:
            row = await self._repository.locked(doctor_id)
            if row is None:
                raise InvalidState("Publish weekly hours first: they say how long a slot is.")
            _check_windows([(0, window) for window in windows], row.slot_minutes, "windows")
            kept = sorted([window.begins, window.ends] for window in windows)
            await self._repository.override(doctor_id, day, kept)
            await self._repository.touch(row, self._clock.now())
            self._announce(AvailabilityOverridden(doctor_id=doctor_id, date=day, version=row.version))

        await self._store.transaction(work)
        return doctor_id

    def _announce(self, data: "AvailabilityPublished | AvailabilityOverridden") -> None:
        fact: EventData = data
        self._store.publish(event(SOURCE, data.doctor_id, fact, self._clock))


def _doctor(caller: Caller) -> str:
    if caller.doctor_id is None:
        raise Unauthenticated
    return caller.doctor_id


def _check(publication: Publication) -> None:
    _check_minutes(publication.slot_minutes, TICK_MINUTES, LONGEST_SLOT, "slotMinutes")
    _check_minutes(publication.buffer_minutes, 0, LONGEST_BUFFER, "bufferMinutes")
    if not 0 <= publication.minimum_notice_minutes <= LONGEST_NOTICE:
        raise InvalidInput(f"Between 0 and {LONGEST_NOTICE} minutes.", field=["minimumNoticeMinutes"])
    if not 1 <= publication.horizon_days <= LONGEST_HORIZON:
        raise InvalidInput(f"Between 1 and {LONGEST_HORIZON} days.", field=["horizonDays"])
    first, last = publication.valid_from, publication.valid_to
    if first is not None and last is not None and last < first:
        raise InvalidInput("The last day comes before the first.", field=["validTo"])
    _check_windows(publication.weekly, publication.slot_minutes, "weekly")


def _check_minutes(minutes: int, least: int, most: int, field: str) -> None:
    if not least <= minutes <= most or minutes % TICK_MINUTES:
        raise InvalidInput(f"A multiple of five minutes between {least} and {most}.", field=[field])


def _check_windows(windows: Sequence[tuple[int, Window]], slot_minutes: int, field: str) -> None:
    if len(windows) > MOST_WINDOWS:
        raise InvalidInput(f"At most {MOST_WINDOWS} windows.", field=[field])
    for place, (day, window) in enumerate(windows):
        for end, minutes in (("from", window.begins), ("to", window.ends)):
            if minutes % TICK_MINUTES:
                raise InvalidInput("Times are multiples of five minutes.", field=[field, str(place), end])
        if window.ends - window.begins < slot_minutes:
            raise InvalidInput("A window must hold at least one slot.", field=[field, str(place), "to"])
        for other_day, other in windows[:place]:
            if other_day == day and window.begins < other.ends and other.begins < window.ends:
                raise InvalidInput("Windows of one day must not overlap.", field=[field, str(place), "from"])
