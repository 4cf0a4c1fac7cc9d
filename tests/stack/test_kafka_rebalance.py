"""Members of a group on a real cluster come, go and die; every event has its effect once, and in its turn."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from shared.events.bus import Bus
from shared.events.envelope import Event
from shared.events.kafka import KafkaBus
from shared.ids import new_id
from tests.contracts.bus.reader import Reader, consuming
from tests.shared.events.events import fact
from tests.stack.kafka_effects import GROUP, HABITS, Effects, store_in
from tests.stack.servers.server import ROOT

pytestmark = pytest.mark.skipif("KAFKA_URL" not in os.environ, reason="KAFKA_URL names no cluster")

Begin = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def url() -> str:
    return f"{os.environ['KAFKA_URL']}?prefix={new_id('t')}.&partitions=6"


@pytest.fixture
async def effects(tmp_path: Path) -> AsyncIterator[Effects]:
    opened = await Effects.open(store_in(tmp_path))
    yield opened
    await opened.store.close()


@pytest.fixture
async def bus(url: str) -> AsyncIterator[Bus]:
    opened = await KafkaBus.open(url, habits=HABITS)
    yield opened
    await opened.close()


@pytest.fixture
def begin_member(url: str, tmp_path: Path) -> Iterator[Begin]:
    members = []

    def begin(name: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "tests.stack.kafka_effects", url, store_in(tmp_path), name]
        with (tmp_path / f"{name}.log").open("wb") as log:
            members.append(subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=log, stderr=log))
        return members[-1]

    yield begin
    for member in members:
        member.kill()
        member.wait()


@pytest.mark.timeout(300)
async def test_members_come_and_one_is_killed_under_load_and_every_event_has_its_effect_once_in_its_turn(
    bus: Bus, effects: Effects, begin_member: Begin
) -> None:
    subjects = [f"subject {number}" for number in range(30)]
    first, killed = begin_member("first"), begin_member("killed")

    for n in range(40):
        await bus.publish([fact(subject, n) for subject in subjects])
        if n == 10:
            await effects.until(100)
            begin_member("late")
        if n == 30:
            await effects.until(600)
            killed.kill()
    await effects.until(1_200)

    assert first.poll() is None
    assert await effects.by_subject() == {subject: list(range(40)) for subject in subjects}
    assert await effects.members() == {"first", "killed", "late"}
    assert await bus.dead_letters() == []


async def test_no_two_members_handle_a_subject_at_once_while_the_group_rebalances(bus: Bus, url: str) -> None:
    other = await KafkaBus.open(url, habits=HABITS)
    running: set[str] = set()
    overlaps: list[str] = []
    cut_short: list[Event] = []
    handled = Reader()
    begun, release = asyncio.Event(), asyncio.Event()

    async def handler(event: Event) -> None:
        if event.subject in running:
            overlaps.append(event.subject)
        running.add(event.subject)
        try:
            if event.subject == "stuck":
                begun.set()
                await release.wait()
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            cut_short.append(event)
            raise
        finally:
            running.discard(event.subject)
        await handled(event)

    subjects = ["stuck", *(f"subject {number}" for number in range(12))]
    await bus.publish([fact(subject, n) for n in range(20) for subject in subjects])
    async with consuming(bus, GROUP, ["counter"], handler):
        await begun.wait()
        await handled.until(240)
        # A rebalance does not wait for a handler that takes its time.
        async with consuming(other, GROUP, ["counter"], handler):
            while not cut_short:  # noqa: ASYNC110 (the broker brings it about)
                await asyncio.sleep(0.05)
            release.set()
            while len({event.id for event in handled.seen}) < 260:  # noqa: ASYNC110 (as above)
                await asyncio.sleep(0.05)
    await other.close()

    assert overlaps == []
    assert [event.data["n"] for event in cut_short] == [0]
    assert list(dict.fromkeys(handled.numbers("stuck"))) == list(range(20))


async def test_a_handler_that_outlasts_every_time_out_of_the_group_keeps_its_member_in_it(bus: Bus) -> None:
    handled, calls = Reader(), Reader()

    async def handler(event: Event) -> None:
        await calls(event)
        if event.subject == "slow":
            # Beyond the session, the rebalance and the poll interval.
            await asyncio.sleep(4 * HABITS.session_seconds)
        await handled(event)

    async with consuming(bus, GROUP, ["counter"], handler):
        await bus.publish([fact("slow", 1), *(fact("quick", n) for n in range(1_500))])
        await handled.until(1_501)

    assert calls.numbers("slow") == [1]
    assert calls.numbers("quick") == list(range(1_500))
    assert handled.numbers("slow") == [1]


async def test_a_member_that_can_take_nothing_more_stays_in_its_group() -> None:
    bus = await KafkaBus.open(f"{os.environ['KAFKA_URL']}?prefix={new_id('t')}.&partitions=1", habits=HABITS)
    calls = Reader()

    async def handler(event: Event) -> None:
        await calls(event)
        if event.data["n"] == 0:
            await asyncio.sleep(4 * HABITS.session_seconds)

    async with consuming(bus, GROUP, ["counter"], handler):
        await bus.publish([fact("slow", n) for n in range(1_000)])
        await calls.until(1_000)
    await bus.close()

    assert calls.numbers() == list(range(1_000))


async def test_what_a_key_leaves_undone_comes_again_and_what_other_keys_did_beyond_it_too() -> None:
    first, second = Reader(), Reader()
    stuck = asyncio.Event()

    async def handler(event: Event) -> None:
        if event.subject == "stuck":
            stuck.set()
            await asyncio.Event().wait()
        await first(event)

    single = await KafkaBus.open(f"{os.environ['KAFKA_URL']}?prefix={new_id('t')}.&partitions=1", habits=HABITS)
    await single.publish([fact("a", 1), fact("stuck", 1), fact("a", 2), fact("stuck", 2), fact("a", 3)])
    async with consuming(single, GROUP, ["counter"], handler):
        await stuck.wait()
        await first.until(3)
    async with consuming(single, GROUP, ["counter"], second):
        await second.until(4)
    await single.close()

    assert first.numbers() == [1, 2, 3]
    assert second.numbers("stuck") == [1, 2]
    assert second.numbers("a") == [2, 3]
