"""How many unpaid appointments hold a slot, and how long ago the hold ended that nobody wrote down yet."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import col

from shared.stores.sql import SqlStore
from subgraphs.appointments.tables import AppointmentRow, AppointmentStatus

_status, _pay_by = col(AppointmentRow.status), col(AppointmentRow.pay_by)
_UNPAID = _status == AppointmentStatus.PENDING_PAYMENT


@dataclass(frozen=True, slots=True)
class Holds:
    """`standing` hold a slot; of the others, which are PENDING_PAYMENT by their row only, `ended_first` ended first."""

    standing: int
    ended_first: datetime | None


class HoldRepository:
    """Reads all holds at once."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def at(self, now: datetime) -> Holds:
        """Answer the holds as of now."""
        async with self._store.reading() as session:
            standing = await session.scalar(select(func.count()).where(_UNPAID, _pay_by > now))
            ended_first = await session.scalar(select(func.min(_pay_by)).where(_UNPAID, _pay_by <= now))
        return Holds(standing or 0, ended_first)
