"""The waitlist: who waits for which doctor, and what they are offered."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import func, insert, or_, select
from sqlmodel import col

from shared.stores.sql import SqlStore
from shared.stores.sql_errors import DuplicateKey
from shared.stores.sql_statements import Command
from subgraphs.appointments.tables import LIVING, WaitlistRow, WaitlistStatus

_id, _doctor, _user = col(WaitlistRow.id), col(WaitlistRow.doctor_id), col(WaitlistRow.user_id)
_status, _joined = col(WaitlistRow.status), col(WaitlistRow.joined_at)
ADD = Command(insert(WaitlistRow))


class AlreadyWaiting(Exception):
    """Another request of the same patient made the same entry first; whoever looks again finds it."""


class WaitlistRepository:
    """Reads and writes waitlist entries."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def add(self, row: WaitlistRow) -> None:
        """Insert an entry, or raise AlreadyWaiting and end the transaction."""
        try:
            await self._store.run(ADD, row.model_dump())
        except DuplicateKey as error:
            if error.key != "live_key":
                raise
            raise AlreadyWaiting from error

    async def locked(self, entry_id: str) -> WaitlistRow | None:
        """Answer an entry to change it."""
        found: WaitlistRow | None = await self._store.session.scalar(
            select(WaitlistRow).where(_id == entry_id).with_for_update()
        )
        return found

    async def one(self, entry_id: str) -> WaitlistRow | None:
        """Answer an entry to look at."""
        async with self._store.reading() as session:
            found: WaitlistRow | None = await session.get(WaitlistRow, entry_id)
            return found

    async def by_live_key(self, live_key: str) -> WaitlistRow | None:
        """Answer the living entry of a doctor, a patient and dates."""
        async with self._store.reading() as session:
            found: WaitlistRow | None = await session.scalar(
                select(WaitlistRow).where(col(WaitlistRow.live_key) == live_key)
            )
            return found

    async def living(self, user_id: str) -> int:
        """Count a patient's living entries."""
        async with self._store.reading() as session:
            counted = select(func.count()).where(_user == user_id, _status.in_(LIVING))
            return int(await session.scalar(counted) or 0)

    async def live_of(self, user_id: str) -> list[str]:
        """Answer a patient's living entries."""
        async with self._store.reading() as session:
            return list(await session.scalars(select(_id).where(_user == user_id, _status.in_(LIVING)).order_by(_id)))

    async def locked_offered(self, ids: Iterable[str]) -> list[WaitlistRow]:
        """Answer those of `ids` that were offered a slot, to change them."""
        query = select(WaitlistRow).where(_id.in_(sorted(ids)), _status == WaitlistStatus.OFFERED).order_by(_id)
        return list(await self._store.session.scalars(query.with_for_update()))

    async def waiting(self, doctor_id: str, day: date, limit: int) -> list[WaitlistRow]:
        """Answer who waits for a date, first come first, to change them."""
        query = select(WaitlistRow).where(
            _doctor == doctor_id,
            _status == WaitlistStatus.WAITING,
            col(WaitlistRow.from_date) <= day,
            col(WaitlistRow.to_date) >= day,
        )
        ordered = query.order_by(_joined, _id).limit(limit).with_for_update()
        return list(await self._store.session.scalars(ordered))

    async def over(self, now: datetime, yesterday: date, limit: int) -> list[str]:
        """Answer entries whose offer has lapsed, or whose dates were over even where the day ends last."""
        lapsed = (_status == WaitlistStatus.OFFERED) & (col(WaitlistRow.offer_expires_at) <= now)
        past = (_status == WaitlistStatus.WAITING) & (col(WaitlistRow.to_date) < yesterday)
        async with self._store.reading() as session:
            return list(await session.scalars(select(_id).where(or_(lapsed, past)).limit(limit)))

    async def of_users(self, user_ids: Sequence[str], limit: int) -> list[list[WaitlistRow]]:
        """Answer each patient's entries, newest first."""
        query = select(WaitlistRow).where(_user.in_(sorted(set(user_ids)))).order_by(_joined.desc(), _id.desc())
        found: defaultdict[str, list[WaitlistRow]] = defaultdict(list)
        async with self._store.reading() as session:
            for row in await session.scalars(query):
                if len(found[row.user_id]) < limit:
                    found[row.user_id].append(row)
        return [found.get(user_id, []) for user_id in user_ids]
