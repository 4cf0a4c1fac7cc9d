"""Reservations: who has which tick.

`take` inserts rows and nothing else: whether the interval is free is decided by the primary key, at that moment,
whatever was seen before.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import String, and_, bindparam, delete, func, insert, or_, select, update
from sqlmodel import col

from shared.stores.sql import SqlStore
from shared.stores.sql_errors import DuplicateKey
from shared.stores.sql_statements import Command, Query, one_of, sized, values_of
from shared.stores.sql_types import UtcDateTime
from subgraphs.appointments.tables import ReservationRow

_owner, _tick = col(ReservationRow.owner_id), col(ReservationRow.tick)
_holder, _until = col(ReservationRow.holder), col(ReservationRow.held_until)

_EACH = select(_owner, _tick, _holder, _until)
CLAIM_AT = Query(_EACH.where(_owner == bindparam("owner"), _tick == bindparam("tick")))
TAKE = Command(insert(ReservationRow))

OwnedTicks = tuple[str, range]
"""An owner's id with the ticks that are meant."""


class TicksTaken(Exception):
    """Another transaction took one of the ticks first; this one is lost, and whoever looks again sees it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One reserved tick."""

    owner_id: str
    tick: int
    holder: str
    held_until: datetime | None

    def lives(self, now: datetime) -> bool:
        """Tell whether the tick is truly taken: firm, or held for longer than now."""
        return self.held_until is None or self.held_until > now


class ReservationRepository:
    """Reads and writes reservations."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def busy(self, owner_ids: Iterable[str], first: int, last: int, now: datetime) -> dict[str, frozenset[int]]:
        """Answer each owner's taken ticks from `first` to `last`, both included."""
        asked = sorted(set(owner_ids))
        if not asked:
            return {}
        values = {**values_of("owner", asked), "first": first, "last": last, "now": now}
        rows = await self._store.read(_busy_of(sized(len(asked))), **values)
        return dict.fromkeys(asked, frozenset[int]()) | {
            owner_id: frozenset(map(int, ticks.split(","))) for owner_id, ticks in rows
        }

    async def claim_at(self, owner_id: str, tick: int) -> Claim | None:
        """Answer the reservation, live or not, of a tick of an owner."""
        found = await self._store.read(CLAIM_AT, owner=owner_id, tick=tick)
        return Claim(*found[0]) if found else None

    async def claims(self, wanted: Sequence[OwnedTicks]) -> list[Claim]:
        """Answer all reservations, live or not, of the wanted ticks."""
        values = {
            f"{name}_{place}": value
            for place, (owner_id, ticks) in enumerate(wanted)
            for name, value in (("owner", owner_id), ("first", ticks.start), ("beyond", ticks.stop))
        }
        return [Claim(*row) for row in await self._store.read(_claims_of(len(wanted)), **values)]

    async def take(self, wanted: Sequence[OwnedTicks], holder: str, held_until: datetime | None) -> None:
        """Reserve every wanted tick, or raise TicksTaken and end the transaction."""
        # In one order for everyone, so that two who want overlapping ticks wait for each other instead of deadlocking.
        rows = [
            {"owner_id": owner_id, "tick": tick, "holder": holder, "held_until": held_until}
            for owner_id, ticks in sorted(wanted, key=lambda want: want[0])
            for tick in ticks
        ]
        try:
            await self._store.run(TAKE, rows)
        except DuplicateKey as error:
            raise TicksTaken from error

    async def release(self, holders: Collection[str]) -> None:
        """Give back everything that these hold."""
        await self._store.session.execute(delete(ReservationRow).where(_holder.in_(sorted(holders))))

    async def make_firm(self, holder: str) -> int:
        """Turn a hold into a reservation; answers how many ticks that were."""
        done = await self._store.session.execute(
            update(ReservationRow)
            .where(_holder == holder)
            .values(held_until=None)
            .execution_options(synchronize_session=False)
        )
        return int(done.rowcount)  # type: ignore[attr-defined]  # A statement that writes answers a cursor.


@cache
def _busy_of(owners: int) -> Query[str, str]:
    """Build the statement for so many owners; one row each, since a busy month has thousands of ticks."""
    living = or_(_until.is_(None), _until > bindparam("now", type_=UtcDateTime))
    within = _tick.between(bindparam("first"), bindparam("last"))
    ticks = func.group_concat(_tick, type_=String)
    return Query(select(_owner, ticks).where(one_of(_owner, "owner", owners), within, living).group_by(_owner))


@cache
def _claims_of(owners: int) -> Query[str, int, str, datetime | None]:
    """Build the statement for so many owners."""
    each = [
        and_(
            _owner == bindparam(f"owner_{place}"),
            _tick >= bindparam(f"first_{place}"),
            _tick < bindparam(f"beyond_{place}"),
        )
        for place in range(owners)
    ]
    return Query(_EACH.where(or_(*each)))
