"""Availability: what doctors published, and the dates they changed."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import and_, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from shared.stores.sql import SqlStore
from subgraphs.appointments.tables import AvailabilityRow, OverrideRow

# Built once: building a statement costs more than running it.
ON_DAY = (
    select(AvailabilityRow, OverrideRow)
    .outerjoin(
        OverrideRow,
        and_(
            col(OverrideRow.doctor_id) == col(AvailabilityRow.doctor_id),
            col(OverrideRow.on_date) == bindparam("day"),
        ),
    )
    .where(col(AvailabilityRow.doctor_id) == bindparam("doctor"))
    .with_for_update(read=True)
)

Published = tuple[AvailabilityRow, list[OverrideRow]]


class AlreadyPublished(Exception):
    """Another request made the doctor's row first; whoever looks again finds it."""


class AvailabilityRepository:
    """Reads and writes availability."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def of_doctors(self, doctor_ids: Sequence[str], first: date, last: date) -> dict[str, Published]:
        """Answer what each doctor published, with the overrides between two dates; two queries."""
        asked = sorted(set(doctor_ids))
        overrides = select(OverrideRow).where(
            col(OverrideRow.doctor_id).in_(asked), col(OverrideRow.on_date).between(first, last)
        )
        async with self._store.reading() as session:
            rows = await session.scalars(select(AvailabilityRow).where(col(AvailabilityRow.doctor_id).in_(asked)))
            found: dict[str, Published] = {row.doctor_id: (row, []) for row in rows}
            for override in await session.scalars(overrides):
                if override.doctor_id in found:
                    found[override.doctor_id][1].append(override)
        return found

    async def on_day(self, doctor_id: str, day: date) -> Published | None:
        """Answer what holds on one date, locked against publication until this transaction ends; one query."""
        found = (await self._store.session.execute(ON_DAY, {"doctor": doctor_id, "day": day})).first()
        if found is None:
            return None
        row, override = found
        return row, [override] if override is not None else []

    async def locked(self, doctor_id: str) -> AvailabilityRow | None:
        """Answer a doctor's row to change it."""
        query = select(AvailabilityRow).where(col(AvailabilityRow.doctor_id) == doctor_id).with_for_update()
        found: AvailabilityRow | None = await self._store.session.scalar(query)
        return found

    async def add(self, row: AvailabilityRow) -> None:
        """Insert a doctor's first publication, or raise AlreadyPublished and end the transaction."""
        self._store.session.add(row)
        try:
            await self._store.session.flush()
        except IntegrityError as error:
            raise AlreadyPublished from error

    async def override(self, doctor_id: str, day: date, windows: list[list[int]]) -> None:
        """Set the windows of one date."""
        await self._store.session.merge(OverrideRow(doctor_id=doctor_id, on_date=day, windows=windows))

    async def touch(self, row: AvailabilityRow, now: datetime) -> None:
        """Count a change."""
        row.version += 1
        row.changed_at = now
