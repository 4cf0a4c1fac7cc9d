"""From a commit to its handlers, over every store: nothing is lost, nothing happens twice, nothing stops the loop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from pydantic import BaseModel
from pymongo.errors import AutoReconnect

from shared.errors import SubgraphUnavailable
from shared.events.backoff import Backoff
from shared.events.consumer import Consumer, NoSuchLetter, Retries, Subscription
from shared.events.envelope import Event
from shared.events.outbox import Relay
from tests.contracts.bus.reader import Reader, consuming
from tests.contracts.stores.adapters import Ledger, counted
from tests.contracts.stores.flaky_bus import FlakyBus
from tests.shared.events.events import fact

QUICK = Retries(attempts=3, backoff=Backoff(first=0.001, longest=0.002), outage_seconds=60)


class Number(BaseModel):
    """What the consumer reads of a fact."""

    n: int


Handler = Callable[[Event, Number], Awaitable[None]]


@pytest.fixture
async def bus() -> AsyncIterator[FlakyBus]:
    opened = await FlakyBus.open(None)
    yield opened
    await opened.close()


@asynccontextmanager
async def running(*loops: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(loop()) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    assert all(task.cancelled() for task in tasks), "no loop ended by itself"


def relay_of(ledger: Ledger, bus: FlakyBus) -> Relay:
    return Relay(ledger.store, bus, batch=3, poll_seconds=0.05, backoff=Backoff(first=0.001, longest=0.01))


def consumer_of(ledger: Ledger, bus: FlakyBus, handler: Handler, *, transactional: bool = True) -> Consumer:
    subscription = Subscription(Number, handler, transactional=transactional)
    return Consumer("tally", ledger.store, bus, {"counter.incremented": subscription}, retries=QUICK)


def tallying(ledger: Ledger) -> Handler:
    """Make a handler that counts the events of each subject; a negative number fails after counting."""

    async def handler(event: Event, data: Number) -> None:
        await ledger.increment(f"tally of {event.subject}")
        if data.n < 0:
            raise ValueError("poison")

    return handler


async def test_the_relay_publishes_batches_in_order_and_forgets_them(ledger: Ledger, bus: FlakyBus) -> None:
    relay, reader = relay_of(ledger, bus), Reader()
    for _ in range(7):
        await ledger.store.transaction(counted(ledger, "a"))

    assert [await relay.relay_batch() for _ in range(4)] == [3, 3, 1, 0]

    assert await ledger.store.unpublished(10) == []
    async with consuming(bus, "readers", ["counter"], reader):
        await reader.until(7)
    assert reader.numbers() == [1, 2, 3, 4, 5, 6, 7]


async def test_a_running_relay_is_woken_by_a_commit(ledger: Ledger, bus: FlakyBus) -> None:
    reader = Reader()

    async with running(Relay(ledger.store, bus, poll_seconds=60).run), consuming(bus, "readers", ["counter"], reader):
        for n in range(1, 4):
            await ledger.store.transaction(counted(ledger, "a"))
            await reader.until(n)

    assert reader.numbers() == [1, 2, 3]


async def test_mutations_succeed_while_the_broker_is_down_and_events_flow_when_it_is_back(
    ledger: Ledger, bus: FlakyBus
) -> None:
    reader = Reader()
    bus.down = True

    async with running(relay_of(ledger, bus).run), consuming(bus, "readers", ["counter"], reader):
        for _ in range(7):
            await ledger.store.transaction(counted(ledger, "a"))
        for _ in range(3):
            await bus.refusals.get()
        assert reader.numbers() == []
        bus.down = False
        await reader.until(7)

    assert reader.numbers() == [1, 2, 3, 4, 5, 6, 7]


async def test_a_batch_whose_answer_was_lost_is_published_again(ledger: Ledger, bus: FlakyBus) -> None:
    reader = Reader()
    for _ in range(4):
        await ledger.store.transaction(counted(ledger, "a"))
    bus.forgetful = True

    async with running(relay_of(ledger, bus).run), consuming(bus, "readers", ["counter"], reader):
        await reader.until(7)

    assert reader.numbers() == [1, 2, 3, 1, 2, 3, 4]


async def test_a_second_relay_stands_by_until_the_first_is_gone(ledger: Ledger, bus: FlakyBus) -> None:
    first, second = relay_of(ledger, bus), relay_of(ledger, bus)
    await ledger.store.transaction(counted(ledger, "a"))
    await first._step()
    await ledger.store.transaction(counted(ledger, "a"))

    await second._step()
    assert len(await ledger.store.unpublished(10)) == 1

    await first._release()
    await second._step()
    assert await ledger.store.unpublished(10) == []


async def test_a_relay_that_sleeps_past_its_lease_publishes_its_batch_late_and_costs_no_effect_and_no_order(
    ledger: Ledger, bus: FlakyBus
) -> None:
    sleeper, successor = (Relay(ledger.store, bus, batch=3, lease_seconds=seconds) for seconds in (0.2, 60.0))
    raw, handled = Reader(), Reader(consumer_of(ledger, bus, tallying(ledger)).receive)
    for _ in range(4):
        await ledger.store.transaction(counted(ledger, "a"))
    wakes = bus.wakes = asyncio.Event()
    sleeping = asyncio.create_task(sleeper._step())

    await bus.asleep.wait()
    while await ledger.store.unpublished(1):
        await successor._step()
        await asyncio.sleep(0.01)
    wakes.set()
    await sleeping
    await ledger.store.transaction(counted(ledger, "a"))
    await sleeper._step()
    assert len(await ledger.store.unpublished(10)) == 1
    await successor._step()

    async with consuming(bus, "readers", ["counter"], raw), consuming(bus, "tally", ["counter"], handled):
        await raw.until(8)
        await handled.until(8)
    assert raw.numbers() == [1, 2, 3, 4, 1, 2, 3, 5]
    assert await ledger.count("tally of a") == 5


async def test_what_is_delivered_twice_or_out_of_order_takes_effect_once_each(ledger: Ledger, bus: FlakyBus) -> None:
    handled = Reader(consumer_of(ledger, bus, tallying(ledger)).receive)
    one, two, three = (fact("a", n) for n in (1, 2, 3))

    async with consuming(bus, "tally", ["counter"], handled):
        await bus.publish([two, one, two, two, one, three])
        await handled.until(6)

    assert await ledger.count("tally of a") == 3
    assert await bus.dead_letters() == []


async def test_poison_is_set_aside_and_the_next_event_of_its_key_is_handled(ledger: Ledger, bus: FlakyBus) -> None:
    handled = Reader(consumer_of(ledger, bus, tallying(ledger)).receive)
    poison, misfit = fact("a", -1), Event("counter.incremented", "tests", "a", fact("a", 0).time, {"n": "many"})

    async with consuming(bus, "tally", ["counter"], handled):
        await bus.publish([poison, misfit, fact("a", 1)])
        await handled.until(3)

    letters = await bus.dead_letters("tally")
    assert await ledger.count("tally of a") == 1
    assert [(letter.id, letter.event) for letter in letters] == [
        (f"tally:{poison.id}", poison),
        (f"tally:{misfit.id}", misfit),
    ]
    assert letters[0].error.startswith("ValueError at test_delivery.py:")
    assert letters[1].error == "the data does not fit Number: n"


async def test_a_dead_letter_is_replayed_once_its_cause_is_gone(ledger: Ledger, bus: FlakyBus) -> None:
    broken, event = True, fact("a", 1)

    async def handler(event: Event, data: Number) -> None:
        await ledger.increment("handled")
        if broken:
            raise KeyError("a bug")

    consumer = consumer_of(ledger, bus, handler)
    await consumer.receive(event)

    with pytest.raises(KeyError):
        await consumer.replay(f"tally:{event.id}")
    assert len(await bus.dead_letters()) == 1
    assert await ledger.count("handled") == 0

    broken = False
    await consumer.replay(f"tally:{event.id}")
    assert await bus.dead_letters() == []
    assert await ledger.count("handled") == 1

    await consumer.receive(event)
    assert await ledger.count("handled") == 1
    with pytest.raises(NoSuchLetter):
        await consumer.replay(f"tally:{event.id}")


@pytest.mark.parametrize("outage", [SubgraphUnavailable, AutoReconnect], ids=["another part", "documents"])
async def test_an_outage_is_sat_out(ledger: Ledger, bus: FlakyBus, outage: type[Exception]) -> None:
    failures = 0

    async def handler(event: Event, data: Number) -> None:
        nonlocal failures
        if failures < 3 * QUICK.attempts:
            failures += 1
            raise outage
        await ledger.increment("handled")

    await consumer_of(ledger, bus, handler).receive(fact("a", 1))

    assert await bus.dead_letters() == []
    assert await ledger.count("handled") == 1


async def test_an_event_that_fails_a_few_times_is_handled_in_the_end(ledger: Ledger, bus: FlakyBus) -> None:
    failures = 0

    async def handler(event: Event, data: Number) -> None:
        nonlocal failures
        await ledger.increment("handled")
        if failures < QUICK.attempts - 1:
            failures += 1
            raise KeyError("not yet")

    await consumer_of(ledger, bus, handler).receive(fact("a", 1))

    assert await bus.dead_letters() == []
    assert await ledger.count("handled") == 1


async def test_types_that_nobody_subscribed_to_are_skipped(ledger: Ledger, bus: FlakyBus) -> None:
    await consumer_of(ledger, bus, tallying(ledger)).receive(fact("a", 1, type_="counter.reset"))

    assert await ledger.count("tally of a") == 0
    assert await bus.dead_letters() == []


async def test_a_handler_that_is_not_transactional_runs_its_own_transactions(ledger: Ledger, bus: FlakyBus) -> None:
    async def handler(event: Event, data: Number) -> None:
        with pytest.raises(RuntimeError):
            ledger.store.publish(event)
        await ledger.store.transaction(counted(ledger, "handled"))

    await consumer_of(ledger, bus, handler, transactional=False).receive(fact("a", 1))

    assert await ledger.count("handled") == 1


async def test_what_a_handler_publishes_reaches_the_next_consumer(ledger: Ledger, bus: FlakyBus) -> None:
    reader = Reader()

    async def handler(event: Event, data: Number) -> None:
        ledger.store.publish(fact(event.subject, data.n + 1, type_="echo.heard"))

    async with (
        running(relay_of(ledger, bus).run, consumer_of(ledger, bus, handler).run),
        consuming(bus, "echoes", ["echo"], reader),
    ):
        await ledger.store.transaction(counted(ledger, "a"))
        await reader.until(1)

    assert reader.numbers() == [2]
