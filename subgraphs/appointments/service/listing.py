"""Which slots are free: the rules of `slots`, less what is reserved at this moment. A constant number of queries."""

import asyncio
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, islice

from shared.clock import Clock
from shared.money import Money
from subgraphs.appointments.repository import AvailabilityRepository, ReservationRepository
from subgraphs.appointments.repository.availability import Published
from subgraphs.appointments.service.doctors import Doctor, Doctors
from subgraphs.appointments.service.hours import Hours, Window, Windows
from subgraphs.appointments.service.slots import Interval, open_slots, today_in
from subgraphs.appointments.service.ticks import ticks_between

LONGEST_LISTING = 62
ALTERNATIVES = 5
_NEAR = timedelta(days=7)
_SOON = timedelta(days=14)


Allowed = Mapping[str, Sequence[Interval]]
"""Doctors' slots by the rules, taken or not, in order of time."""


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A slot that one can book now, for `fee`."""

    doctor_id: str
    starts_at: datetime
    ends_at: datetime
    fee: Money


def hours_of(published: Published) -> Hours:
    """Read what a doctor published."""
    weekly: list[list[Window]] = [[] for _ in range(7)]
    for day, begins, ends in published.weekly:
        weekly[day].append(Window(begins, ends))
    return Hours(
        weekly=tuple(tuple(sorted(windows)) for windows in weekly),
        slot_minutes=published.slot_minutes,
        buffer_minutes=published.buffer_minutes,
        minimum_notice_minutes=published.minimum_notice_minutes,
        horizon_days=published.horizon_days,
        valid_from=published.valid_from,
        valid_to=published.valid_to,
        overrides={day: _windows(windows) for day, windows in published.overrides.items()},
    )


def _windows(kept: list[list[int]]) -> Windows:
    return tuple(sorted(Window(begins, ends) for begins, ends in kept))


class Listing:
    """Lists free slots of doctors who take bookings; others have none."""

    def __init__(
        self, doctors: Doctors, availability: AvailabilityRepository, reservations: ReservationRepository, clock: Clock
    ) -> None:
        self._doctors = doctors
        self._availability = availability
        self._reservations = reservations
        self._clock = clock
        self._under_way: dict[tuple[Doctor, date], asyncio.Task[tuple[Allowed, Mapping[str, AbstractSet[int]]]]] = {}

    async def slots(self, doctor_ids: Sequence[str], first: date, last: date) -> list[list[FreeSlot]]:
        """Answer each doctor's free slots between two dates of their own calendars, both included."""
        active = await self._active(doctor_ids)
        found = await self._free(active, dict.fromkeys(active, (first, last)))
        return [found.get(doctor_id, []) for doctor_id in doctor_ids]

    async def next_slots(self, doctor_ids: Sequence[str]) -> list[FreeSlot | None]:
        """Answer each doctor's first free slot: looked for in the next days, then as far as calendars are open."""
        active = await self._active(doctor_ids)
        found: dict[str, FreeSlot] = {}
        for reach in (_SOON, timedelta(days=366)):
            missing = {id_: doctor for id_, doctor in active.items() if id_ not in found}
            if missing:
                now = self._clock.now()
                today = {id_: today_in(doctor.zone, now) for id_, doctor in missing.items()}
                spans = {id_: (day, day + reach) for id_, day in today.items()}
                free = await self._lazily_free(missing, spans)
                found |= {id_: slot for id_, slots in free.items() if (slot := next(slots, None)) is not None}
        return [found.get(doctor_id) for doctor_id in doctor_ids]

    async def open_dates(self, doctor_ids: Sequence[str], first: date, last: date) -> list[list[date]]:
        """Answer the dates on which each doctor has a free slot."""
        active = await self._active(doctor_ids)
        found = await self._free(active, dict.fromkeys(active, (first, last)))
        return [
            sorted({today_in(active[id_].zone, slot.starts_at) for slot in found[id_]}) if id_ in found else []
            for id_ in doctor_ids
        ]

    async def near(self, doctor: Doctor, around: datetime, patient_id: str) -> list[FreeSlot]:
        """Answer the free slots nearest to a refused one, at which the patient is free too, in order of time."""
        slots, taken = await self._around(doctor, around)
        if not slots:
            return []
        span = ticks_between(slots[0].starts_at, slots[-1].ends_at)
        busy = (await self._reservations.busy([patient_id], span.start, span.stop, self._clock.now()))[patient_id]
        suitable = (
            slot
            for slot in _nearest_first(slots, around)
            if slot.starts_at != around
            and slot.is_free(taken)
            and busy.isdisjoint(ticks_between(slot.starts_at, slot.ends_at))
        )
        nearest = sorted(islice(suitable, ALTERNATIVES), key=_begins)
        return [FreeSlot(doctor.id, slot.starts_at, slot.ends_at, doctor.fee) for slot in nearest]

    async def _around(self, doctor: Doctor, around: datetime) -> tuple[Sequence[Interval], AbstractSet[int]]:
        """Answer a fortnight's slots and the ticks taken; who asks while another's answer is on its way shares it."""
        day = today_in(doctor.zone, max(around, self._clock.now()))
        key = (doctor, day)
        task = self._under_way.get(key)
        if task is None:
            spans = {doctor.id: (day - _NEAR, day + _NEAR)}
            task = self._under_way[key] = asyncio.create_task(self._known({doctor.id: doctor}, spans))
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        allowed, busy = await asyncio.shield(task)
        return allowed.get(doctor.id, ()), busy.get(doctor.id, frozenset())

    async def _active(self, doctor_ids: Sequence[str]) -> dict[str, Doctor]:
        facts = await self._doctors.facts(doctor_ids)
        return {id_: doctor for id_, doctor in facts.items() if doctor.active}

    async def _free(
        self, doctors: Mapping[str, Doctor], spans: Mapping[str, tuple[date, date]]
    ) -> dict[str, list[FreeSlot]]:
        """Answer the free slots of each doctor within their span; three queries."""
        return {id_: list(slots) for id_, slots in (await self._lazily_free(doctors, spans)).items()}

    async def _lazily_free(
        self, doctors: Mapping[str, Doctor], spans: Mapping[str, tuple[date, date]]
    ) -> dict[str, Iterator[FreeSlot]]:
        """Ask the queries of `_free`; what they found is looked through only as far as somebody reads."""
        allowed, busy = await self._known(doctors, spans)
        return {id_: _free_of(doctors[id_], slots, busy.get(id_, frozenset())) for id_, slots in allowed.items()}

    async def _known(
        self, doctors: Mapping[str, Doctor], spans: Mapping[str, tuple[date, date]]
    ) -> tuple[Allowed, Mapping[str, AbstractSet[int]]]:
        """Answer each doctor's slots that the rules allow, and the ticks that are taken."""
        if not doctors:
            return {}, {}
        now = self._clock.now()
        first, last = min(span[0] for span in spans.values()), max(span[1] for span in spans.values())
        published = await self._availability.of_doctors(list(doctors), first, last)
        allowed = {
            id_: list(open_slots(hours_of(published[id_]), doctor.zone, now, *spans[id_]))
            for id_, doctor in doctors.items()
            if id_ in published
        }
        return allowed, await self._busy(allowed, now)

    async def _busy(self, allowed: Allowed, now: datetime) -> dict[str, frozenset[int]]:
        ends = list(
            chain.from_iterable((slots[0].ticks.start, slots[-1].ticks.stop) for slots in allowed.values() if slots)
        )
        if not ends:
            return {}
        return await self._reservations.busy(allowed, min(ends), max(ends), now)


def _begins(slot: Interval) -> datetime:
    return slot.starts_at


def _nearest_first(slots: Sequence[Interval], around: datetime) -> Iterator[Interval]:
    """Yield slots, which are in order of time, by their distance; of two that are as near, the earlier one first."""
    after = bisect_left(slots, around, key=_begins)
    before = after - 1
    while before >= 0 or after < len(slots):
        backward = before >= 0 and (
            after == len(slots) or around - slots[before].starts_at <= slots[after].starts_at - around
        )
        yield slots[before if backward else after]
        before, after = (before - 1, after) if backward else (before, after + 1)


def _free_of(doctor: Doctor, slots: Iterable[Interval], busy: AbstractSet[int]) -> Iterator[FreeSlot]:
    for slot in slots:
        if slot.is_free(busy):
            yield FreeSlot(doctor.id, slot.starts_at, slot.ends_at, doctor.fee)
