"""Poison on a real cluster: set aside in a topic, seen by every process, replayed when its cause is gone."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.events.backoff import Backoff
from shared.events.bus import Bus
from shared.events.consumer import Consumer, NoSuchLetter, Retries, Subscription
from shared.events.envelope import Event
from shared.events.kafka import KafkaBus
from shared.events.kafka_publisher import Publisher, Record
from shared.events.kafka_url import read_url
from shared.ids import new_id
from tests.contracts.bus.reader import Reader, consuming
from tests.shared.events.events import fact
from tests.stack.kafka_effects import GROUP, HABITS, Count, Effects, store_in

pytestmark = pytest.mark.skipif("KAFKA_URL" not in os.environ, reason="KAFKA_URL names no cluster")


@pytest.fixture
def url() -> str:
    return f"{os.environ['KAFKA_URL']}?prefix={new_id('t')}.&partitions=2"


@pytest.fixture
async def bus(url: str) -> AsyncIterator[Bus]:
    opened = await KafkaBus.open(url, habits=HABITS)
    yield opened
    await opened.close()


@pytest.fixture
async def effects(tmp_path: Path) -> AsyncIterator[Effects]:
    opened = await Effects.open(store_in(tmp_path))
    yield opened
    await opened.store.close()


async def test_poison_holds_nobody_up_and_is_replayed_once_its_cause_is_gone(
    bus: Bus, url: str, effects: Effects
) -> None:
    broken, handled = {"a"}, Reader()

    async def count(event: Event, _data: Count) -> None:
        if event.subject in broken:
            raise KeyError(event.subject)
        await handled(event)

    def member(bus: Bus) -> Consumer:
        retries = Retries(attempts=2, backoff=Backoff(first=0.01, longest=0.01))
        return Consumer(GROUP, effects.store, bus, {"counter.incremented": Subscription(Count, count)}, retries=retries)

    poison, next_of_key, another = fact("a", 1), fact("a", 2), fact("b", 1)
    unreadable = Event(
        type="counter.incremented", source="tests", subject="c", time=poison.time, data={"n": "no number"}
    )
    async with consuming(bus, GROUP, ["counter"], member(bus).receive):
        await bus.publish([poison, unreadable, another])
        await handled.until(1)
        while len(await bus.dead_letters()) < 2:
            pass
        broken.clear()
        await bus.publish([next_of_key])
        await handled.until(2)
    assert handled.seen == [another, next_of_key]

    operator = await KafkaBus.open(url)
    letters = {letter.event.id: letter for letter in await operator.dead_letters(GROUP)}
    assert letters[poison.id].error.startswith("KeyError at test_kafka_letters.py:")
    assert letters[unreadable.id].error == "the data does not fit Count: n"
    await member(operator).replay(letters[poison.id].id)
    with pytest.raises(NoSuchLetter):
        await member(operator).replay(letters[poison.id].id)
    await operator.close()

    assert handled.seen == [another, next_of_key, poison]
    assert [letter.event for letter in await bus.dead_letters()] == [unreadable]


async def test_a_record_that_is_no_event_is_passed_over_and_said_in_the_log(
    bus: Bus, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    reader = Reader()
    await bus.publish([fact("a", 1)])
    foreign = Publisher(read_url(url))
    await foreign.send([Record(read_url(url).named("counter"), "a", value) for value in (b"junk", None)])
    await foreign.close()
    await bus.publish([fact("a", 2)])

    async with consuming(bus, GROUP, ["counter"], reader):
        await reader.until(2)

    assert reader.numbers() == [1, 2]
    assert [record.name for record in caplog.records if "is no event" in record.message] == [
        "shared.events.kafka_records"
    ] * 2
