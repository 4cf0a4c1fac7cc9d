"""Events on the embedded log: from commit to handler at the goal's load, and events/s through relay and consumer.

Two stores (SQLite files, as of two subgraphs) and a bus (another file) in one process: every transaction of the first
publishes one event, the relay moves it, a transactional consumer of the second marks it and notes the time.

The same is done over Kafka, in the same run, and told as a ratio too: over the cluster of KAFKA_URL, else over a broker
of our own where one is to be had. There the relay is not woken by commits but searches for them, as a worker's does,
whose commits other processes make. The broker's CPU is not in the figures.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import uvloop
from pydantic import BaseModel
from sqlalchemy import MetaData

from bench.figures import Row, percentile, report
from bmc.parts import SEARCHING
from shared.events.bus import Bus
from shared.events.consumer import Consumer, Subscription
from shared.events.envelope import Event
from shared.events.kafka import KafkaBus
from shared.events.log import LogBus
from shared.events.outbox import Relay
from shared.ids import new_id
from shared.stores.sql import SqlStore
from shared.stores.sql_outbox import outbox_tables
from shared.stores.store import Outbox
from tests.stack.servers.kafka import Kafka
from tests.stack.servers.server import CannotInstall

LOAD = 300
SECONDS = 10
BACKLOG = 5_000
SUBJECTS = 500


class Fact(BaseModel):
    """The data of the benchmark's events."""

    n: int


OpenBus = Callable[[Path], Awaitable[Bus]]


@dataclass(frozen=True, slots=True)
class Unwoken:
    """A store whose commits its relay does not hear of."""

    store: SqlStore

    async def wait(self, seconds: float) -> None:
        """Wait, whatever is committed meanwhile."""
        await asyncio.sleep(seconds)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


@dataclass(slots=True)
class Rig:
    """The producer's store, the consumer's, a bus, and when each event was committed and handled."""

    store: SqlStore
    consuming: SqlStore
    bus: Bus
    expected: int = 0
    warm: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    handled: dict[int, float] = field(default_factory=dict)
    committed: dict[int, float] = field(default_factory=dict)

    @classmethod
    async def open(cls, folder: Path, open_bus: OpenBus) -> "Rig":
        """Open new stores and a new bus."""
        producing, consuming = [await new_store(folder / f"{name}.db") for name in ("producing", "consuming")]
        return cls(producing, consuming, await open_bus(folder))

    async def close(self) -> None:
        """Close everything."""
        await self.bus.close()
        await self.consuming.close()
        await self.store.close()

    async def publish(self, first: int, count: int = 1) -> None:
        """Commit a transaction that publishes events."""

        async def work() -> None:
            for n in range(first, first + count):
                self.store.publish(happened(n))

        await self.store.transaction(work)
        self.committed[first] = time.perf_counter()

    async def note(self, _event: Event, data: Fact) -> None:
        """Handle an event."""
        if data.n < 0:
            self.warm.set()
            return
        self.handled[data.n] = time.perf_counter()
        if len(self.handled) == self.expected:
            self.done.set()

    async def running(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do something while relay and consumer run; an event has come through the bus before."""
        subscription = Subscription(Fact, self.note)
        consumer = Consumer("bench", self.consuming, self.bus, {"bench.happened": subscription})
        loops = [asyncio.create_task(consumer.run())]
        try:
            await self.bus.publish([happened(-1)])
            await self.warm.wait()
            loops.append(asyncio.create_task(self.relay().run()))
            await work()
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.wait(loops)

    def relay(self) -> Relay:
        """Make the relay: woken on one machine, searching on many."""
        if isinstance(self.bus, LogBus):
            return Relay(self.store, self.bus)
        unwoken = cast("Outbox", Unwoken(self.store))
        return Relay(unwoken, self.bus, poll_seconds=SEARCHING.busy_seconds, idle_poll_seconds=SEARCHING.idle_seconds)

    async def all_handled(self, count: int) -> None:
        """Wait until so many events were handled."""
        self.expected = count
        if len(self.handled) < count:
            async with asyncio.timeout(40):
                await self.done.wait()


def happened(n: int) -> Event:
    subject = f"sub_{n % SUBJECTS}"
    return Event(type="bench.happened", source="bench", subject=subject, time=datetime.now(UTC), data={"n": n})


async def new_store(path: Path) -> SqlStore:
    store = await SqlStore.open(f"sqlite+aiosqlite:///{path}")
    metadata = MetaData()
    outbox_tables(metadata)
    async with store.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    return store


def main() -> None:
    rows = measure(embedded)
    bus = "embedded log"
    with cluster() as url:
        over_kafka = measure(partial(kafka, url)) if url else []
    if over_kafka:
        bus = "embedded log, and Kafka"
        rows = [
            *rows,
            *(replace(row, what=f"Kafka: {row.what}", goal="") for row in over_kafka),
            *(
                Row(f"Kafka over embedded: {row.what}", other.value / row.value, "x")
                for row, other in zip(rows, over_kafka, strict=True)
                if row.unit != "x"
            ),
        ]
    report("events", rows, stores="two SQLite files", bus=bus, load_a_second=LOAD, backlog=BACKLOG)


def measure(open_bus: OpenBus) -> list[Row]:
    return [*uvloop.run(in_folder(latency, open_bus)), *uvloop.run(in_folder(throughput, open_bus))]


async def embedded(folder: Path) -> Bus:
    return await LogBus.open(folder / "events.db")


async def kafka(url: str, _folder: Path) -> Bus:
    """Open topics and a group of its own on the cluster."""
    return await KafkaBus.open(f"{url}?prefix={new_id('bench')}.")


@contextmanager
def cluster() -> Iterator[str | None]:
    """Give the cluster of KAFKA_URL, else one of our own, else none."""
    if "KAFKA_URL" in os.environ:
        yield os.environ["KAFKA_URL"]
        return
    server = Kafka()
    try:
        server.install()
    except CannotInstall as reason:
        sys.stdout.write(f"events: not measured on Kafka: {reason}\n")
        yield None
        return
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


async def in_folder(look: Callable[[Rig], Awaitable[list[Row]]], open_bus: OpenBus) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="bmc-bench-") as folder:
        rig = await Rig.open(Path(folder), open_bus)
        try:
            return await look(rig)
        finally:
            await rig.close()


async def latency(rig: Rig) -> list[Row]:
    """Commit at an even pace, whatever the answers do; look how long each event was on its way."""
    count = LOAD * SECONDS

    async def at_pace() -> None:
        began, cpu = time.perf_counter(), time.process_time()
        async with asyncio.TaskGroup() as tasks:
            for n in range(count):
                await asyncio.sleep(max(0.0, began + n / LOAD - time.perf_counter()))
                tasks.create_task(rig.publish(n))
        await rig.all_handled(count)
        used.append(time.process_time() - cpu)

    used: list[float] = []
    await rig.running(at_pace)
    # The handler may run before the committing task does again.
    ways = [max(0.0, rig.handled[n] - rig.committed[n]) for n in range(count)]
    span = max(rig.committed.values()) - min(rig.committed.values())
    return [
        Row("commits reached", count / span, "/s", f">= {LOAD * 0.95}"),
        Row("commit to handler, p50", percentile(ways, 0.5) * 1000, "ms"),
        Row("commit to handler, p99", percentile(ways, 0.99) * 1000, "ms", "< 250"),
        Row("CPU of a commit with its event's whole way", used[0] / count * 1000, "ms"),
    ]


async def throughput(rig: Rig) -> list[Row]:
    """Commit a backlog while nothing runs; look how long relay and consumer take to work it off."""
    for first in range(0, BACKLOG, 100):
        await rig.publish(first, 100)
    used: list[tuple[float, float]] = []

    async def work_off() -> None:
        began, cpu = time.perf_counter(), time.process_time()
        await rig.all_handled(BACKLOG)
        used.append((time.perf_counter() - began, time.process_time() - cpu))

    await rig.running(work_off)
    ((seconds, cpu),) = used
    return [
        Row("events/s through relay and consumer", BACKLOG / seconds, "/s"),
        Row("events/s over the goal's load", BACKLOG / seconds / LOAD, "x", ">= 1"),
        Row("CPU of an event", cpu / BACKLOG * 1000, "ms"),
    ]


if __name__ == "__main__":
    main()
