"""A member of a consumer group, and its work between two rebalances.

Handlers run beside the loop that reads, so a handler may take minutes: aiokafka goes on reading and heartbeating, and
the member keeps its partitions. What a partition has done is a watermark, as with the embedded log; only that is
committed, so a commit never says that something was handled which was not.

A rebalance takes all partitions away and deals them out anew (aiokafka knows no other way). Before it agrees to that,
the member begins nothing more, gives running handlers a moment, cancels those that take longer, and commits. So no
handler of ours runs while the next owner of its partition handles the same key; what was cut short comes again there.
Only a member that was declared dead while it lives can overlap with its successor, and the inbox stands before that.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from shared.events.bus import Handler
from shared.events.envelope import Event
from shared.events.kafka_records import events_of
from shared.events.kafka_stopping import stop
from shared.events.kafka_url import KafkaUrl
from shared.events.log_file import Entry
from shared.events.log_group import KeyedWork

_logger = logging.getLogger(__name__)

_AHEAD: Final = 400
_READ: Final = 200
_POLL_MILLISECONDS: Final = 1_000
_FULL_MILLISECONDS: Final = 20
_NOWHERE: Final = TopicPartition("", -1)
_ACKNOWLEDGE_SECONDS: Final = 0.1
_COMMIT_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Habits:
    """How a member behaves: keys handled at once, and how long it may be silent before it counts as dead."""

    parallel: int = 16
    session_seconds: float = 10.0

    @property
    def grace_seconds(self) -> float:
        """How long a rebalance (and with it, every member of the group) waits for handlers in flight."""
        return self.session_seconds / 2

    @property
    def for_aiokafka(self) -> dict[str, int]:
        """Answer the time-outs of the group's protocol.

        A rebalance waits for members that end their work, and a request to join waits for the rebalance. The poll
        interval would end a member whose loop stands still; handlers do not hold the loop up.
        """
        session = round(self.session_seconds * 1000)
        return {
            "session_timeout_ms": session,
            "heartbeat_interval_ms": session // 4,
            "max_poll_interval_ms": 3 * session,
            "rebalance_timeout_ms": 2 * session,
            "request_timeout_ms": 3 * session,
        }


class Tenure:
    """The work on the partitions that a member holds between two rebalances."""

    def __init__(self, group: str, handler: Handler, consumer: Any, habits: Habits) -> None:
        self._group = group
        self._handler = handler
        self._consumer = consumer
        self._habits = habits
        self._free = asyncio.Semaphore(habits.parallel)
        self._tasks = asyncio.TaskGroup()
        self._works: dict[TopicPartition, KeyedWork] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._done = asyncio.Event()
        self._running = 0
        self._ending = False
        self._idle = asyncio.Event()
        self._begun = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=f"{group} tenure")

    @property
    def full(self) -> set[TopicPartition]:
        """The partitions of which enough has been taken over for now."""
        return {partition for partition, work in self._works.items() if not work.room.is_set()}

    async def begin(self) -> None:
        """Make ready for `add`."""
        await self._begun.wait()

    def add(self, partition: TopicPartition, records: Sequence[Any]) -> None:
        """Take records over; those of a partition come in order."""
        work = self._works.get(partition)
        if work is None:
            first = records[0].offset
            parallel = self._habits.parallel
            work = KeyedWork(self._group, self._handle, self._tasks, after=first - 1, parallel=parallel, ahead=_AHEAD)
            self._works[partition] = work
            self._committed[partition] = first
        for offset, event in events_of(records):
            work.add(Entry(offset, event))
        # A record that is no event would count as lag for as long as it is the last.
        work.pass_over(records[-1].offset)
        self._done.set()

    def check(self) -> None:
        """Raise what ended the work before its time, if something did."""
        if self._task.done() and not self._ending:
            self._task.result()

    async def end(self, grace: float) -> None:
        """Begin nothing more, let what runs finish within `grace` seconds, and commit."""
        self._ending = True
        if self._running:
            with suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    await self._idle.wait()
        self._task.cancel()
        await asyncio.wait([self._task])
        try:
            async with asyncio.timeout(_COMMIT_SECONDS):
                await self._commit()
        except (KafkaError, TimeoutError) as error:
            _logger.warning("%s could not commit at the end, so events come again: %r", self._group, error)

    async def _run(self) -> None:
        async with self._tasks:
            self._begun.set()
            while True:
                await self._done.wait()
                self._done.clear()
                await self._commit()
                await asyncio.sleep(_ACKNOWLEDGE_SECONDS)

    async def _handle(self, event: Event) -> None:
        async with self._free:
            if self._ending:
                # It was not begun, so it is the next owner's. The end of the tenure ends this wait.
                await asyncio.Event().wait()
            self._running += 1
            try:
                await self._handler(event)
            finally:
                self._running -= 1
                if self._ending and not self._running:
                    self._idle.set()
        self._done.set()

    async def _commit(self) -> None:
        offsets = {partition: work.watermark + 1 for partition, work in self._works.items()}
        news = {partition: offset for partition, offset in offsets.items() if offset > self._committed[partition]}
        if not news:
            return
        try:
            await self._consumer.commit(news)
        except (CommitFailedError, IllegalStateError) as error:
            # The partitions are another's; a rebalance, which ends this tenure, is on its way.
            _logger.info("%s came too late to commit: %s", self._group, type(error).__name__)
        else:
            self._committed.update(news)


class Member(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types.
    """A member of a group; `run` it once. `joined` tells whether it ever got so far."""

    def __init__(self, url: KafkaUrl, group: str, topics: Sequence[str], handler: Handler, habits: Habits) -> None:
        self.joined = False
        self._left = False
        self._group = group
        self._handler = handler
        self._habits = habits
        self._tenure: Tenure | None = None
        self._turning = asyncio.Lock()
        self._consumer = AIOKafkaConsumer(
            **url.connection,
            group_id=url.named(group),
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            consumer_timeout_ms=_POLL_MILLISECONDS,
            **habits.for_aiokafka,
        )
        self._consumer.subscribe(list(topics), listener=self)

    async def run(self, closing: asyncio.Event) -> None:
        """Join, work until cancelled or `closing`, leave. Raises KafkaError or an exception group of them."""
        try:
            await self._consumer.start()
            self.joined = True
            while not closing.is_set():
                await self._read()
        finally:
            async with self._turning:
                self._left = True
                if self._tenure is not None:
                    await self._tenure.end(grace=0.0)
            await stop(self._consumer)

    async def on_partitions_revoked(self, _revoked: Sequence[TopicPartition]) -> None:
        """End the tenure and begin the next; the rebalance waits for this."""
        async with self._turning:
            if self._left:
                return
            if self._tenure is not None:
                await self._tenure.end(self._habits.grace_seconds)
            self._tenure = Tenure(self._group, self._handler, self._consumer, self._habits)
            await self._tenure.begin()

    async def on_partitions_assigned(self, _assigned: Sequence[TopicPartition]) -> None:
        """Do nothing: the tenure began before, because records may come before this is called."""

    async def _read(self) -> None:
        full = self._tenure.full if self._tenure is not None else set()
        # What full partitions have sent waits in the consumer; it goes on asking, or it would count as dead.
        wanted = (self._consumer.assignment() - full or {_NOWHERE}) if full else ()
        timeout = _FULL_MILLISECONDS if full else _POLL_MILLISECONDS
        batches = await self._consumer.getmany(*wanted, timeout_ms=timeout, max_records=_READ)
        # Nothing is awaited between the answer and the hand-over, so no rebalance comes between the two.
        assert self._tenure is not None, "partitions were assigned, so a tenure has begun"
        for partition, records in batches.items():
            self._tenure.add(partition, records)
        self._tenure.check()
        # With records at hand, getmany does not wait; handlers must have their turn.
        await asyncio.sleep(0)
