"""The contract of every store: state, events and inbox marks are kept together or not at all."""

import asyncio

import pytest

from shared.stores.transactions import OutsideTransaction
from tests.contracts.stores.adapters import Ledger, counted, numbers
from tests.shared.events.events import fact


async def test_state_and_event_are_committed_together(ledger: Ledger) -> None:
    assert await ledger.store.transaction(counted(ledger, "a")) == 1

    assert await ledger.count("a") == 1
    assert numbers(await ledger.store.unpublished(10)) == [1]


async def test_an_event_survives_the_outbox_unchanged(ledger: Ledger) -> None:
    event = fact("a", 7)

    async def work() -> None:
        ledger.store.publish(event)

    await ledger.store.transaction(work)

    assert await ledger.store.unpublished(10) == [event]


async def test_nothing_is_kept_when_the_work_raises(ledger: Ledger) -> None:
    async def work() -> None:
        await counted(ledger, "a")()
        assert await ledger.store.first_time("reader", "evt_1")
        raise KeyError("no")

    with pytest.raises(KeyError, match="no"):
        await ledger.store.transaction(work)

    async def first() -> bool:
        return await ledger.store.first_time("reader", "evt_1")

    assert await ledger.count("a") == 0
    assert await ledger.store.unpublished(10) == []
    assert await ledger.store.transaction(first) is True


async def test_nothing_is_kept_when_the_work_is_cancelled(ledger: Ledger) -> None:
    written = asyncio.Event()

    async def work() -> None:
        await counted(ledger, "a")()
        written.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(ledger.store.transaction(work))
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await ledger.count("a") == 0
    assert await ledger.store.transaction(counted(ledger, "a")) == 1


async def test_inner_work_joins_the_open_transaction(ledger: Ledger) -> None:
    async def work() -> None:
        await ledger.store.transaction(counted(ledger, "a"))
        await ledger.store.transaction(counted(ledger, "a"))
        assert await ledger.store.unpublished(10) == []
        raise KeyError("after both")

    with pytest.raises(KeyError):
        await ledger.store.transaction(work)

    assert await ledger.count("a") == 0
    assert await ledger.store.unpublished(10) == []


async def test_outer_work_may_go_on_after_inner_work_refused_before_writing(ledger: Ledger) -> None:
    async def refusing() -> None:
        raise KeyError("refused")

    async def work() -> None:
        with pytest.raises(KeyError):
            await ledger.store.transaction(refusing)
        await counted(ledger, "a")()

    await ledger.store.transaction(work)

    assert await ledger.count("a") == 1


async def test_inner_work_that_fails_half_way_dooms_the_transaction(ledger: Ledger) -> None:
    async def failing() -> None:
        await counted(ledger, "a")()
        raise KeyError("half way")

    async def work() -> None:
        with pytest.raises(KeyError):
            await ledger.store.transaction(failing)

    with pytest.raises(RuntimeError, match="nothing is kept"):
        await ledger.store.transaction(work)

    assert await ledger.count("a") == 0
    assert await ledger.store.unpublished(10) == []


async def test_conflicting_transactions_all_succeed_one_after_another(ledger: Ledger) -> None:
    counts = await asyncio.gather(*(ledger.store.transaction(counted(ledger, "a")) for _ in range(20)))

    assert sorted(counts) == list(range(1, 21))
    assert await ledger.count("a") == 20


async def test_events_of_a_subject_are_in_the_order_of_its_history(ledger: Ledger) -> None:
    await asyncio.gather(*(ledger.store.transaction(counted(ledger, name)) for name in ["a", "b"] * 15))

    events = await ledger.store.unpublished(100)

    assert numbers([event for event in events if event.subject == "a"]) == list(range(1, 16))
    assert numbers([event for event in events if event.subject == "b"]) == list(range(1, 16))


async def test_events_of_one_transaction_are_in_the_order_of_publishing(ledger: Ledger) -> None:
    async def work() -> None:
        ledger.store.publish(*(fact("a", n) for n in range(15)))

    await ledger.store.transaction(work)

    assert numbers(await ledger.store.unpublished(100)) == list(range(15))


async def test_forgotten_events_are_gone_and_the_others_stay(ledger: Ledger) -> None:
    for _ in range(3):
        await ledger.store.transaction(counted(ledger, "a"))
    oldest = await ledger.store.unpublished(2)

    await ledger.store.forget([event.id for event in oldest])

    assert numbers(oldest) == [1, 2]
    assert numbers(await ledger.store.unpublished(10)) == [3]


async def test_an_event_is_marked_once_for_each_consumer(ledger: Ledger) -> None:
    async def work() -> list[bool]:
        return [await ledger.store.first_time(reader, "evt_1") for reader in ("one", "two", "one")]

    async def again() -> bool:
        return await ledger.store.first_time("one", "evt_1")

    assert await ledger.store.transaction(work) == [True, True, False]
    assert await ledger.store.transaction(again) is False


async def test_of_simultaneous_deliveries_one_is_the_first(ledger: Ledger) -> None:
    async def work() -> bool:
        return await ledger.store.first_time("one", "evt_1")

    assert sorted(await asyncio.gather(*(ledger.store.transaction(work) for _ in range(8)))) == [False] * 7 + [True]


async def test_publishing_outside_of_a_transaction_is_an_error(ledger: Ledger) -> None:
    with pytest.raises(OutsideTransaction):
        ledger.store.publish(fact("a", 1))


async def test_a_task_started_inside_a_transaction_may_not_use_it(ledger: Ledger) -> None:
    async def work() -> None:
        await asyncio.create_task(ledger.store.transaction(counted(ledger, "a")))

    with pytest.raises(RuntimeError, match="a task started inside"):
        await ledger.store.transaction(work)

    assert await ledger.count("a") == 0


async def test_a_commit_with_events_wakes_the_one_who_waits(ledger: Ledger) -> None:
    waiting = asyncio.create_task(ledger.store.wait(60))
    await ledger.store.transaction(counted(ledger, "a"))

    await waiting


async def test_a_commit_before_the_wait_is_not_missed(ledger: Ledger) -> None:
    await ledger.store.transaction(counted(ledger, "a"))

    await ledger.store.wait(60)


async def test_a_lease_has_one_holder_until_it_is_given_back(ledger: Ledger) -> None:
    assert await ledger.store.lease("relay", "one", 60) is True
    assert await ledger.store.lease("relay", "two", 60) is False
    assert await ledger.store.lease("relay", "one", 60) is True

    await ledger.store.release("relay", "two")
    assert await ledger.store.lease("relay", "two", 60) is False

    await ledger.store.release("relay", "one")
    assert await ledger.store.lease("relay", "two", 60) is True


async def test_a_lease_that_ended_is_free(ledger: Ledger) -> None:
    assert await ledger.store.lease("relay", "one", -1) is True

    assert await ledger.store.lease("relay", "two", 60) is True


async def test_of_simultaneous_takers_one_gets_the_lease(ledger: Ledger) -> None:
    taken = await asyncio.gather(*(ledger.store.lease("relay", f"holder {n}", 60) for n in range(8)))

    assert taken.count(True) == 1
