"""Appointments: single ones, pages of a doctor's or a patient's, and those that the clock asks for."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, insert, inspect, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from shared.errors import BadUserInput
from shared.pagination import Page, PageRequest
from shared.stores.sql import SqlStore
from shared.stores.sql_statements import Command
from subgraphs.appointments.tables import COMING, AppointmentRow, AppointmentStatus

Owner = Literal["doctor_id", "user_id"]

_status, _starts, _id = col(AppointmentRow.status), col(AppointmentRow.starts_at), col(AppointmentRow.id)
_pay_by = col(AppointmentRow.pay_by)

ADD = Command(insert(AppointmentRow))
_MAPPING = inspect(AppointmentRow)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which of an owner's appointments are meant; `with_doctor` narrows a patient's to one doctor."""

    status: frozenset[AppointmentStatus] | None = None
    since: datetime | None = None
    until: datetime | None = None
    with_doctor: str | None = None

    def conditions(self, now: datetime) -> list[ColumnElement[bool]]:
        """Say it in SQL. An unpaid one whose hold has passed counts as expired, whatever its row says yet."""
        found: list[ColumnElement[bool]] = []
        if self.since is not None:
            found.append(_starts >= self.since)
        if self.until is not None:
            found.append(_starts < self.until)
        if self.with_doctor is not None:
            found.append(col(AppointmentRow.doctor_id) == self.with_doctor)
        if self.status is not None:
            lapsed = and_(_status == AppointmentStatus.PENDING_PAYMENT, _pay_by <= now)
            plain = and_(_status.in_(sorted(self.status, key=lambda status: status.value)), ~lapsed)
            found.append(or_(plain, lapsed) if AppointmentStatus.EXPIRED in self.status else plain)
        return found


class AppointmentRepository:
    """Reads and writes appointments."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def add(self, values: dict[str, Any]) -> AppointmentRow:
        """Insert a row of these values; what is not among them is empty."""
        kept = {"payment_id": None, "cancellation_reason": None, "user_left": False, **values}
        await self._store.run(ADD, kept)
        # As SQLAlchemy makes the rows that it reads: SQLModel's constructor takes longer than the statement.
        row: AppointmentRow = _MAPPING.class_manager.new_instance()
        row.__dict__.update(kept)
        return row

    async def locked(self, appointment_id: str) -> AppointmentRow | None:
        """Answer an appointment to change it: the same transaction writes what is assigned to it."""
        found: AppointmentRow | None = await self._store.session.scalar(
            select(AppointmentRow).where(_id == appointment_id).with_for_update()
        )
        return found

    async def locked_pending(self, ids: Iterable[str]) -> list[AppointmentRow]:
        """Answer those of `ids` that wait for payment, to change them, in the order of their ids."""
        pending = _status == AppointmentStatus.PENDING_PAYMENT
        query = select(AppointmentRow).where(_id.in_(sorted(ids)), pending).order_by(_id).with_for_update()
        return list(await self._store.session.scalars(query))

    async def by_id(self, ids: Sequence[str]) -> list[AppointmentRow | None]:
        """Answer appointments in the order of `ids`."""
        async with self._store.reading() as session:
            rows = await session.scalars(select(AppointmentRow).where(_id.in_(sorted(set(ids)))))
            found = {row.id: row for row in rows}
        return [found.get(key) for key in ids]

    async def lapsed(self, now: datetime, limit: int) -> list[str]:
        """Answer unpaid appointments whose hold has passed."""
        query = select(_id).where(_status == AppointmentStatus.PENDING_PAYMENT, _pay_by <= now)
        async with self._store.reading() as session:
            return list(await session.scalars(query.order_by(_pay_by).limit(limit)))

    async def coming(self, owner: Owner, owner_id: str, now: datetime) -> list[str]:
        """Answer an owner's appointments that may be called off and have not begun, the next one first."""
        query = select(_id).where(col(getattr(AppointmentRow, owner)) == owner_id, _status.in_(COMING), _starts > now)
        async with self._store.reading() as session:
            return list(await session.scalars(query.order_by(_starts, _id)))

    async def forget_user(self, user_id: str) -> None:
        """Note of a patient's appointments that they name nobody any more."""
        change = update(AppointmentRow).where(col(AppointmentRow.user_id) == user_id).values(user_left=True)
        await self._store.session.execute(change)

    async def forget_words(self, user_id: str) -> None:
        """Empty what a patient wrote for appointments at which nobody was seen; of the others it is the record."""
        seen = _status.in_((AppointmentStatus.CHECKED_IN, AppointmentStatus.COMPLETED))
        words = {"symptoms": None, "prior_medical_history": None, "cancellation_reason": None}
        change = update(AppointmentRow).where(col(AppointmentRow.user_id) == user_id, ~seen).values(**words)
        await self._store.session.execute(change)

    async def to_remind(self, now: datetime, ahead: timedelta, *, hourly: bool, limit: int) -> list[AppointmentRow]:
        """Answer, to change them, confirmed appointments that begin within `ahead` and were not reminded so yet."""
        flag = col(AppointmentRow.reminded_hour_before if hourly else AppointmentRow.reminded_day_before)
        query = (
            select(AppointmentRow)
            .where(_status == AppointmentStatus.CONFIRMED, _starts > now, _starts <= now + ahead, flag.is_(False))
            .order_by(_starts)
            .limit(limit)
            .with_for_update()
        )
        return list(await self._store.session.scalars(query))

    async def pages(
        self, owner: Owner, owner_ids: Sequence[str], narrowing: Narrowing, request: PageRequest, now: datetime
    ) -> list[Page[AppointmentRow]]:
        """Answer the same page of each owner's appointments, latest first; two queries."""
        owner_column = col(getattr(AppointmentRow, owner))
        conditions = [owner_column.in_(sorted(set(owner_ids))), *narrowing.conditions(now)]
        way = (_starts.asc(), _id.asc()) if request.backward else (_starts.desc(), _id.desc())
        place = func.row_number().over(partition_by=owner_column, order_by=way).label("place")
        ranked = select(AppointmentRow, place).where(*conditions, *_beyond(request)).subquery()
        numbered = aliased(AppointmentRow, ranked)
        rows: defaultdict[str, list[AppointmentRow]] = defaultdict(list)
        async with self._store.reading() as session:
            query = select(numbered).where(ranked.c.place <= request.size + 1).order_by(ranked.c.place)
            for row in await session.scalars(query):
                rows[getattr(row, owner)].append(row)
            counted = select(owner_column, func.count()).where(*conditions).group_by(owner_column)
            totals = {key: int(total) for key, total in await session.execute(counted)}
        return [Page.cut(rows.get(key, []), request, totals.get(key, 0)) for key in owner_ids]


def _beyond(request: PageRequest) -> list[ColumnElement[bool]]:
    if request.key is None:
        return []
    cursor = "before" if request.backward else "after"
    match request.key:
        case [str(instant), str(appointment_id)]:
            try:
                starts_at = datetime.fromisoformat(instant)
            except ValueError as error:
                raise BadUserInput("The cursor is of another list.", field=[cursor]) from error
        case _:
            raise BadUserInput("The cursor is of another list.", field=[cursor])
    if starts_at.tzinfo is None:
        raise BadUserInput("The cursor is of another list.", field=[cursor])
    if request.backward:
        return [or_(_starts > starts_at, and_(_starts == starts_at, _id > appointment_id))]
    return [or_(_starts < starts_at, and_(_starts == starts_at, _id < appointment_id))]
