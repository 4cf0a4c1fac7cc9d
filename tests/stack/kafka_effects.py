"""A store that keeps the effects of events, and the consumer that has them; `python -m` runs one as a member.

    python -m tests.stack.kafka_effects BUS_URL STORE_URL MEMBER

An effect is a row, and rows are numbered as they come: a second effect of an event, or one out of its turn, shows.
"""

import asyncio
import logging
import sys
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select

from shared.events.bus import Bus
from shared.events.consumer import Consumer, Retries, Subscription
from shared.events.envelope import Event
from shared.events.kafka import KafkaBus
from shared.events.kafka_group import Habits
from shared.stores.sql import SqlStore
from shared.stores.sql_outbox import outbox_tables

HABITS = Habits(parallel=4, session_seconds=3.0)
GROUP = "counters"

_METADATA = MetaData()
_EFFECTS = Table(
    "effects",
    _METADATA,
    Column("place", Integer, primary_key=True),
    Column("subject", String(64), nullable=False),
    Column("n", Integer, nullable=False),
    Column("member", String(64), nullable=False),
)
outbox_tables(_METADATA)


class Count(BaseModel):
    """What the consumer reads of an event."""

    n: int


@dataclass(frozen=True, slots=True)
class Effects:
    """The store, and what is in it."""

    store: SqlStore

    @classmethod
    async def open(cls, url: str) -> "Effects":
        """Open the store; its tables are made if they are missing."""
        store = await SqlStore.open(url)
        async with store.engine.begin() as connection:
            await connection.run_sync(_METADATA.create_all)
        return cls(store)

    def consumer(self, bus: Bus, member: str, *, retries: Retries | None = None, seconds: float = 0.0) -> Consumer:
        """Make a member whose effects take a moment, within the transaction."""

        async def count(event: Event, data: Count) -> None:
            await self.store.session.execute(insert(_EFFECTS).values(subject=event.subject, n=data.n, member=member))
            await asyncio.sleep(seconds)

        return Consumer(GROUP, self.store, bus, {"counter.incremented": Subscription(Count, count)}, retries=retries)

    async def count(self) -> int:
        """Count the effects."""
        async with self.store.reading() as session:
            return await session.scalar(select(func.count()).select_from(_EFFECTS)) or 0

    async def until(self, count: int) -> None:
        """Wait for so many effects."""
        while await self.count() < count:  # noqa: ASYNC110 (other processes bring them about)
            await asyncio.sleep(0.05)

    async def by_subject(self) -> dict[str, list[int]]:
        """Answer the numbers of each subject in the order in which they had their effects."""
        async with self.store.reading() as session:
            rows = await session.execute(select(_EFFECTS.c.subject, _EFFECTS.c.n).order_by(_EFFECTS.c.place))
        numbers: dict[str, list[int]] = {}
        for subject, n in rows:
            numbers.setdefault(subject, []).append(n)
        return numbers

    async def members(self) -> set[str]:
        """Answer who had effects."""
        async with self.store.reading() as session:
            return set(await session.scalars(select(_EFFECTS.c.member).distinct()))


def store_in(folder: Path) -> str:
    """Answer the URL of a store in a folder."""
    return f"sqlite+aiosqlite:///{folder}/effects.db"


async def main(bus_url: str, store_url: str, member: str) -> None:
    effects = await Effects.open(store_url)
    bus = await KafkaBus.open(bus_url, habits=HABITS)
    running = asyncio.create_task(effects.consumer(bus, member, seconds=0.002).run())
    # Its standard input ends with the process that began it.
    asyncio.get_running_loop().add_reader(sys.stdin, running.cancel)
    await asyncio.wait([running])
    running.result()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(main(*sys.argv[1:]))
