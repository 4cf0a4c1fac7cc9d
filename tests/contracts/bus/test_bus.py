"""The contract of every bus: at least once, in order per key, from where the group left off."""

import asyncio
from pathlib import Path

import pytest

from shared.events.bus import Bus, DeadLetter
from shared.events.envelope import Event
from tests.contracts.bus.adapters import Opener
from tests.contracts.bus.reader import Reader, consuming
from tests.shared.events.events import NOON, fact


async def test_a_new_group_sees_the_log_from_its_beginning(bus: Bus) -> None:
    events = [fact("a", n) for n in range(3)]
    await bus.publish(events)
    reader = Reader()

    async with consuming(bus, "readers", ["counter"], reader):
        assert await reader.until(3) == events


async def test_each_group_sees_every_event_and_only_of_its_topics(bus: Bus) -> None:
    one, two = Reader(), Reader()
    other = fact("b", 9, type_="other.happened")

    async with consuming(bus, "one", ["counter"], one), consuming(bus, "two", ["counter", "other"], two):
        await bus.publish([fact("a", 1), other, fact("a", 2)])
        await one.until(2)
        await two.until(3)

    assert one.numbers() == [1, 2]
    assert two.numbers("a") == [1, 2]
    assert two.numbers("b") == [9]


async def test_events_of_a_key_are_handled_one_after_another_in_order(bus: Bus) -> None:
    reader, running = Reader(), set[str]()

    async def handler(event: Event) -> None:
        assert event.subject not in running
        running.add(event.subject)
        await asyncio.sleep(0)
        running.discard(event.subject)
        await reader(event)

    async with consuming(bus, "readers", ["counter"], handler):
        for n in range(30):
            await bus.publish([fact("a", n), fact("b", n)])
        await reader.until(60)

    assert reader.numbers("a") == list(range(30))
    assert reader.numbers("b") == list(range(30))


async def test_a_slow_key_does_not_hold_up_the_others(bus: Bus) -> None:
    reader, release = Reader(), asyncio.Event()

    async def handler(event: Event) -> None:
        if event.subject == "slow":
            await release.wait()
        await reader(event)

    async with consuming(bus, "readers", ["counter"], handler):
        await bus.publish([fact("slow", 1), fact("quick", 1), fact("slow", 2), fact("quick", 2)])
        await reader.until(2)
        assert reader.numbers("slow") == []
        assert reader.numbers("quick") == [1, 2]
        release.set()
        await reader.until(4)

    assert reader.numbers("slow") == [1, 2]


async def test_an_event_that_was_refused_comes_again_before_the_next_of_its_key(bus: Bus) -> None:
    reader, refusals = Reader(), [KeyError("once"), asyncio.CancelledError()]

    async def handler(event: Event) -> None:
        if refusals:
            raise refusals.pop(0)
        await reader(event)

    async with consuming(bus, "readers", ["counter"], handler):
        await bus.publish([fact("a", 1), fact("a", 2)])
        await reader.until(2)

    assert reader.numbers() == [1, 2]


async def test_a_group_goes_on_where_it_left_off(bus: Bus) -> None:
    first, second = Reader(), Reader()
    async with consuming(bus, "readers", ["counter"], first):
        for n in range(1, 6):
            await bus.publish([fact("a", n)])
            await first.until(n)

    await bus.publish([fact("a", 6)])
    async with consuming(bus, "readers", ["counter"], second):
        await second.until(1)

    assert second.numbers() == [6]


async def test_what_was_not_acknowledged_comes_again_to_the_next_member(bus: Bus) -> None:
    first, second, stuck = Reader(), Reader(), asyncio.Event()

    async def handler(event: Event) -> None:
        if event.subject == "stuck":
            stuck.set()
            await asyncio.Event().wait()
        await first(event)

    await bus.publish([fact("a", 1), fact("stuck", 1), fact("stuck", 2)])
    async with consuming(bus, "readers", ["counter"], handler):
        await first.until(1)
        await stuck.wait()

    async with consuming(bus, "readers", ["counter"], second):
        await second.until(2)

    assert first.numbers("stuck") == []
    assert second.numbers("stuck") == [1, 2]


async def test_of_two_members_of_a_group_one_sees_each_event_and_the_other_takes_over(bus: Bus) -> None:
    either = Reader()
    staying, leaving = Reader(either), Reader(either)

    async with consuming(bus, "readers", ["counter"], staying):
        async with consuming(bus, "readers", ["counter"], leaving):
            for n in range(1, 4):
                await bus.publish([fact("a", n)])
                await either.until(n)
        await bus.publish([fact("a", 4)])
        await either.until(4)

    assert either.numbers() == [1, 2, 3, 4]
    assert staying.numbers()[-1] == 4
    assert sorted(staying.numbers() + leaving.numbers()) == [1, 2, 3, 4]


async def test_a_topic_that_a_group_adds_is_read_from_its_beginning(bus: Bus) -> None:
    first, second = Reader(), Reader()
    await bus.publish([fact("b", 1, type_="other.happened"), fact("a", 1)])
    async with consuming(bus, "readers", ["counter"], first):
        await first.until(1)

    async with consuming(bus, "readers", ["counter", "other"], second):
        await second.until(1)

    assert second.numbers("a") == []
    assert second.numbers("b") == [1]


async def test_followers_see_what_is_published_after_they_came(bus: Bus) -> None:
    await bus.publish([fact("a", 1)])

    async with bus.follow(["counter"]) as one, bus.follow(["counter", "other"]) as two:
        await bus.publish([fact("a", 2), fact("b", 3, type_="other.happened"), fact("a", 4)])

        assert [(await anext(one)).data["n"] for _ in range(2)] == [2, 4]
        seen = [await anext(two) for _ in range(3)]

    assert [event.data["n"] for event in seen if event.subject == "a"] == [2, 4]
    assert [event.data["n"] for event in seen if event.subject == "b"] == [3]


async def test_a_follower_that_falls_far_behind_is_ended(bus: Bus) -> None:
    async with bus.follow(["counter"]) as slow, bus.follow(["counter"]) as quick:
        for first in range(0, 5_000, 100):
            await bus.publish([fact("a", n) for n in range(first, first + 100)])
            for _ in range(100):
                await anext(quick)
        seen = [event.data["n"] async for event in slow]

    assert seen == list(range(len(seen)))
    assert len(seen) < 5_000


async def test_a_dead_letter_is_kept_once_until_discarded(bus: Bus) -> None:
    letter = DeadLetter(id="one:evt_1", group="one", event=fact("a", 1), error="KeyError", at=NOON)
    other = DeadLetter(id="two:evt_1", group="two", event=fact("a", 1), error="KeyError", at=NOON)

    await bus.set_aside(letter)
    await bus.set_aside(letter)
    await bus.set_aside(other)

    assert await bus.dead_letters() == [letter, other]
    assert await bus.dead_letters("one") == [letter]

    await bus.discard("one:evt_1")
    assert await bus.dead_letters() == [other]


async def test_what_was_published_and_acknowledged_survives_a_restart(open_bus: Opener, tmp_path: Path) -> None:
    bus = await open_bus(tmp_path)
    first, second = Reader(), Reader()
    await bus.publish([fact("a", 1)])
    async with consuming(bus, "readers", ["counter"], first):
        await first.until(1)
    await bus.publish([fact("a", 2)])
    await bus.set_aside(DeadLetter(id="1", group="readers", event=fact("a", 1), error="E", at=NOON))
    await bus.close()

    bus = await open_bus(tmp_path)
    async with consuming(bus, "readers", ["counter"], second):
        await second.until(1)

    assert second.numbers() == [2]
    assert [letter.id for letter in await bus.dead_letters()] == ["1"]
    await bus.close()


@pytest.mark.parametrize("reverse", [False, True], ids=["publisher first", "publisher last"])
async def test_events_reach_groups_and_followers_of_another_process(
    open_bus: Opener, tmp_path: Path, reverse: bool
) -> None:
    here, there = [await open_bus(tmp_path) for _ in range(2)][:: -1 if reverse else 1]
    reader = Reader()

    async with consuming(there, "readers", ["counter"], reader), there.follow(["counter"]) as follower:
        await here.publish([fact("a", 1)])
        await reader.until(1)
        assert (await anext(follower)).data["n"] == 1

    await here.close()
    await there.close()


async def test_another_process_takes_over_a_group(open_bus: Opener, tmp_path: Path) -> None:
    here, there = await open_bus(tmp_path), await open_bus(tmp_path)
    either = Reader()
    one, two = Reader(either), Reader(either)

    async with consuming(here, "readers", ["counter"], one):
        await here.publish([fact("a", 1)])
        await either.until(1)
        standby = asyncio.create_task(there.consume("readers", ["counter"], two))
        # Its own process would be the first to hear of it.
        await there.publish([fact("a", 2)])
        await either.until(2)
    await here.publish([fact("a", 3)])
    await either.until(3)
    standby.cancel()
    await asyncio.wait([standby])

    assert either.numbers() == [1, 2, 3]
    assert one.numbers()[0] == 1
    assert two.numbers()[-1] == 3
    await here.close()
    await there.close()
