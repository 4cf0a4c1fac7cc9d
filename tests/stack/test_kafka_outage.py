"""A broker of our own is killed while events are on their way: the counts are exact afterwards, without a hand."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import ConsumerStoppedError

from shared.events.backoff import Backoff
from shared.events.bus import Bus
from shared.events.consumer import Consumer, Retries
from shared.events.kafka import KafkaBus
from shared.events.kafka_follower import open_at_end
from shared.events.kafka_stopping import stop
from shared.events.kafka_url import read_url
from shared.events.outbox import Relay
from tests.shared.events.events import fact
from tests.stack.kafka_effects import HABITS, Effects, store_in
from tests.stack.servers.kafka import Kafka

pytestmark = [
    pytest.mark.skipif("KAFKA_URL" not in os.environ, reason="KAFKA_URL names no cluster"),
    pytest.mark.timeout(300),
]

SUBJECTS = [f"subject {number}" for number in range(10)]


@pytest.fixture
def server() -> Iterator[Kafka]:
    server = Kafka()
    server.install()
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def effects(tmp_path: Path) -> AsyncIterator[Effects]:
    opened = await Effects.open(store_in(tmp_path))
    yield opened
    await opened.store.close()


@pytest.fixture
async def bus(server: Kafka) -> AsyncIterator[Bus]:
    opened = await KafkaBus.open(f"{server.url}?partitions=3", habits=HABITS)
    yield opened
    await opened.close()


@asynccontextmanager
async def running(effects: Effects, bus: Bus) -> AsyncIterator[Consumer]:
    """Run the store's relay and its consumer."""
    consumer = effects.consumer(bus, "here", retries=Retries(attempts=2, backoff=Backoff(first=0.01, longest=0.1)))
    relay = Relay(effects.store, bus, backoff=Backoff(first=0.05, longest=1.0))
    loops = [asyncio.create_task(relay.run()), asyncio.create_task(consumer.run())]
    try:
        yield consumer
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.wait(loops)


async def commit(effects: Effects, n: int) -> None:
    """Commit an event of each subject."""

    async def work() -> None:
        for subject in SUBJECTS:
            effects.store.publish(fact(subject, n))

    await effects.store.transaction(work)


async def test_a_broker_that_is_killed_under_load_and_comes_back_costs_no_event_and_doubles_none(
    server: Kafka, effects: Effects, bus: Bus
) -> None:
    async with running(effects, bus):
        for n in range(100):
            await commit(effects, n)
            if n in {20, 60}:
                await effects.until(n * len(SUBJECTS) // 2)
                server.kill()
            if n in {40, 80}:
                await asyncio.to_thread(server.start)
        await effects.until(1_000)

    assert await effects.by_subject() == {subject: list(range(100)) for subject in SUBJECTS}
    assert await effects.store.unpublished(1) == []
    assert await bus.dead_letters() == []


async def test_followers_hear_of_what_is_published_after_an_outage(server: Kafka, bus: Bus) -> None:
    await bus.publish([fact("a", 1)])

    async with bus.follow(["counter"]) as follower:
        await bus.publish([fact("a", 2)])
        assert (await anext(follower)).data["n"] == 2
        server.kill()
        publishing = asyncio.create_task(bus.publish([fact("a", 3)]))
        await asyncio.to_thread(server.start)
        await publishing
        assert (await anext(follower)).data["n"] == 3


async def test_a_process_starts_while_the_cluster_is_away_and_takes_part_when_it_comes(
    server: Kafka, effects: Effects
) -> None:
    server.kill()
    bus = await KafkaBus.open(server.url, habits=HABITS)
    async with running(effects, bus):
        await commit(effects, 0)
        with pytest.raises(Exception, match="Unable to bootstrap"):
            await bus.publish([fact("a", 1)])
        await asyncio.to_thread(server.start)
        await effects.until(len(SUBJECTS))
    await bus.close()

    assert await effects.by_subject() == {subject: [0] for subject in SUBJECTS}


async def test_a_bus_closes_while_the_cluster_is_away(server: Kafka, effects: Effects, bus: Bus) -> None:
    async with running(effects, bus):
        await commit(effects, 0)
        await effects.until(len(SUBJECTS))
        server.kill()
        await commit(effects, 1)
        publishing = asyncio.create_task(bus.publish([fact("a", 1)]))
        await asyncio.sleep(0)
    await bus.close()

    with pytest.raises(TimeoutError):
        await publishing
    with pytest.raises(RuntimeError, match="the bus is closed"):
        await bus.publish([fact("a", 1)])
    assert [event.data["n"] for event in await effects.store.unpublished(100)] == [1] * len(SUBJECTS)


async def test_a_consumer_can_be_stopped_while_the_cluster_is_away(server: Kafka, bus: Bus) -> None:
    await bus.publish([fact("a", 1)])
    url = read_url(server.url)
    consumer = await open_at_end(url, [TopicPartition(url.named("counter"), 0)])
    server.kill()
    await asyncio.wait([asyncio.create_task(consumer.getmany(timeout_ms=1_000))])

    await stop(consumer)

    with pytest.raises(ConsumerStoppedError):
        await consumer.getmany()
