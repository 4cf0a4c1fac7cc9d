"""Availability: what doctors published, and the dates they changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache

from sqlalchemy import and_, bindparam, insert, select
from sqlmodel import col

from shared.stores.sql import SqlStore
from shared.stores.sql_errors import DuplicateKey
from shared.stores.sql_statements import Command, Query, one_of, sized, values_of
from subgraphs.appointments.tables import AvailabilityRow, OverrideRow

_doctor = col(AvailabilityRow.doctor_id)
_override_doctor, _override_date = col(OverrideRow.doctor_id), col(OverrideRow.on_date)
_RULES = (
    col(AvailabilityRow.weekly),
    col(AvailabilityRow.slot_minutes),
    col(AvailabilityRow.buffer_minutes),
    col(AvailabilityRow.minimum_notice_minutes),
    col(AvailabilityRow.horizon_days),
    col(AvailabilityRow.valid_from),
    col(AvailabilityRow.valid_to),
)
ON_DAY = Query(
    select(*_RULES, col(OverrideRow.windows))
    .outerjoin(OverrideRow, and_(_override_doctor == _doctor, _override_date == bindparam("day")))
    .where(_doctor == bindparam("doctor"))
    .with_for_update(read=True)
)
ADD = Command(insert(AvailabilityRow))


@cache
def _rules_of(doctors: int) -> Query[str, list[list[int]], int, int, int, int, date | None, date | None]:
    return Query(select(_doctor, *_RULES).where(one_of(_doctor, "doctor", doctors)))


@cache
def _overrides_of(doctors: int) -> Query[str, date, list[list[int]]]:
    within = _override_date.between(bindparam("first"), bindparam("last"))
    columns = select(_override_doctor, _override_date, col(OverrideRow.windows))
    return Query(columns.where(one_of(_override_doctor, "doctor", doctors), within))


class AlreadyPublished(Exception):
    """Another request made the doctor's row first; whoever looks again finds it."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a doctor published, as it is kept, with the overrides that were asked for."""

    weekly: list[list[int]]
    slot_minutes: int
    buffer_minutes: int
    minimum_notice_minutes: int
    horizon_days: int
    valid_from: date | None
    valid_to: date | None
    overrides: dict[date, list[list[int]]] = field(default_factory=dict)


class AvailabilityRepository:
    """Reads and writes availability."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def of_doctors(self, doctor_ids: Sequence[str], first: date, last: date) -> dict[str, Published]:
        """Answer what each doctor published, with the overrides between two dates; two queries."""
        asked = sorted(set(doctor_ids))
        if not asked:
            return {}
        size, doctors = sized(len(asked)), values_of("doctor", asked)
        found = {row[0]: Published(*row[1:]) for row in await self._store.read(_rules_of(size), **doctors)}
        for doctor_id, day, windows in await self._store.read(_overrides_of(size), **doctors, first=first, last=last):
            if doctor_id in found:
                found[doctor_id].overrides[day] = windows
        return found

    async def on_day(self, doctor_id: str, day: date) -> Published | None:
        """Answer what holds on one date, locked against publication until this transaction ends; one query."""
        found = await self._store.read(ON_DAY, doctor=doctor_id, day=day)
        if not found:
            return None
        rules, windows = found[0][:-1], found[0][-1]
        return Published(*rules, overrides={} if windows is None else {day: windows})

    async def locked(self, doctor_id: str) -> AvailabilityRow | None:
        """Answer a doctor's row to change it."""
        query = select(AvailabilityRow).where(_doctor == doctor_id).with_for_update()
        found: AvailabilityRow | None = await self._store.session.scalar(query)
        return found

    async def add(self, row: AvailabilityRow) -> None:
        """Insert a doctor's first publication, or raise AlreadyPublished and end the transaction."""
        try:
            await self._store.run(ADD, row.model_dump())
        except DuplicateKey as error:
            raise AlreadyPublished from error

    async def override(self, doctor_id: str, day: date, windows: list[list[int]]) -> None:
        """Set the windows of one date."""
        await self._store.session.merge(OverrideRow(doctor_id=doctor_id, on_date=day, windows=windows))

    async def touch(self, row: AvailabilityRow, now: datetime) -> None:
        """Count a change."""
        row.version += 1
        row.changed_at = now
