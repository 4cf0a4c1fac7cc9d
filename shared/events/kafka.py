"""The bus on Apache Kafka: a topic for each domain of events, the subject as key.

Order holds per topic and subject, as a partition keeps it. It depends on the number of partitions: raising that for a
topic moves subjects to other partitions, past events of theirs that are still being handled.

Nothing connects before it is needed, so a process starts, and its mutations succeed, while the cluster is away.
Decision 16 has the whys.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, Self

from aiokafka.errors import KafkaError

from shared.clock import Clock
from shared.events.backoff import Backoff
from shared.events.bus import DeadLetter, Handler
from shared.events.envelope import Event, to_json
from shared.events.kafka_follower import feed, open_at_end
from shared.events.kafka_group import Habits, Member
from shared.events.kafka_letters import Letters
from shared.events.kafka_noise import quieten
from shared.events.kafka_publisher import Publisher, Record
from shared.events.kafka_topics import Topics
from shared.events.kafka_url import KafkaUrl, read_url
from shared.events.log_followers import Follower

_logger = logging.getLogger(__name__)

_UNREACHABLE: Final = Backoff(first=0.5, longest=10.0)


class KafkaBus:
    """A `Bus` on a cluster. Make it with `open`."""

    def __init__(self, url: KafkaUrl, habits: Habits) -> None:
        self._url = url
        self._habits = habits
        self._topics = Topics(url)
        self._publisher = Publisher(url)
        self._letters = Letters(url, self._topics, self._publisher)
        self._followers: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        clock: Clock | None = None,  # noqa: ARG003 (every bus is opened with one; here brokers write the time down)
        habits: Habits | None = None,
    ) -> Self:
        """Open the bus that a URL names; raises ValueError with one line for a malformed one."""
        quieten()
        return cls(read_url(url), habits or Habits())

    async def publish(self, events: Sequence[Event]) -> None:
        self._check()
        if not events:
            return
        await self._topics.make(self._topics.of({event.topic for event in events}))
        await self._publisher.send([Record(self._url.named(one.topic), one.subject, to_json(one)) for one in events])

    async def consume(self, group: str, topics: Sequence[str], handler: Handler) -> None:
        failures = 0
        while True:
            self._check()
            member = None
            try:
                await self._topics.make(self._topics.of(topics))
                member = Member(self._url, group, self._topics.of(topics), handler, self._habits)
                await member.run(self._closing)
            except* (KafkaError, OSError) as errors:
                # What was not acknowledged comes again.
                failures = 1 if member is not None and member.joined else failures + 1
                _logger.warning("%s cannot consume: %r", group, errors.exceptions)
                await asyncio.sleep(_UNREACHABLE.delay(failures))

    @asynccontextmanager
    async def follow(self, topics: Sequence[str]) -> AsyncIterator[AsyncIterator[Event]]:
        self._check()
        consumer = await open_at_end(self._url, await self._topics.partitions(self._topics.of(topics)))
        follower = Follower(topics)
        feeding = asyncio.create_task(feed(consumer, follower), name="follower")
        self._followers.add(feeding)
        try:
            yield follower.events()
        finally:
            self._followers.discard(feeding)
            await _end(feeding)

    async def set_aside(self, letter: DeadLetter) -> None:
        self._check()
        await self._letters.keep(letter)

    async def dead_letters(self, group: str | None = None) -> list[DeadLetter]:
        self._check()
        return [letter for letter in await self._letters.all() if group in {None, letter.group}]

    async def discard(self, letter_id: str) -> None:
        self._check()
        await self._letters.discard(letter_id)

    async def close(self) -> None:
        if self._closing.is_set():
            return
        self._closing.set()
        for follower in list(self._followers):
            await _end(follower)
        await self._publisher.close()

    def _check(self) -> None:
        if self._closing.is_set():
            raise RuntimeError("the bus is closed")


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
