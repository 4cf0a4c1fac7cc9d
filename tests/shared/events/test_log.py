"""What only the embedded log promises: pruning, bounded work, and that a killed process loses nothing."""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from shared.clock import ManualClock
from shared.events.envelope import Event
from shared.events.log import LogBus
from tests.contracts.bus.reader import Reader, consuming
from tests.shared.events.events import NOON, fact

PUBLISHER = """
import asyncio, sys
from pathlib import Path
from shared.events.log import LogBus
from tests.shared.events.events import fact

async def main():
    bus = await LogBus.open(Path(sys.argv[1]))
    asyncio.create_task(bus.consume("readers", ["counter"], lambda event: asyncio.sleep(3600)))
    n = 0
    while True:
        await bus.publish([fact("a", n)])
        print(n, flush=True)
        n += 1

asyncio.run(main())
"""


async def test_old_events_are_pruned_once_every_group_has_acknowledged_them(tmp_path: Path) -> None:
    clock = ManualClock(NOON)
    bus = await LogBus.open(tmp_path / "log.db", retention=timedelta(days=1), clock=clock)
    reader, late = Reader(), Reader()
    await bus.publish([fact("a", 1), fact("b", 1, type_="other.happened")])
    async with consuming(bus, "readers", ["counter"], reader):
        await reader.until(1)
    await bus.publish([fact("a", 2)])

    assert await bus.prune() == 0
    clock.advance(timedelta(days=2))
    await bus.publish([fact("a", 3)])
    assert await bus.prune() == 2

    async with consuming(bus, "late", ["counter", "other"], late):
        await late.until(2)
    assert late.numbers() == [2, 3]
    await bus.close()


async def test_no_more_keys_are_handled_at_once_than_allowed(tmp_path: Path) -> None:
    bus = await LogBus.open(tmp_path / "log.db", parallel=3)
    running = most = 0

    async def handler(event: Event) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(5):
            await asyncio.sleep(0)
        running -= 1

    handled = Reader(handler)
    async with consuming(bus, "readers", ["counter"], handled):
        await bus.publish([fact(f"key {n}", n) for n in range(20)])
        await handled.until(20)

    assert most == 3
    await bus.close()


async def test_a_long_backlog_behind_a_stuck_key_is_read_only_so_far_ahead(tmp_path: Path) -> None:
    bus = await LogBus.open(tmp_path / "log.db")
    release = asyncio.Event()

    async def handler(event: Event) -> None:
        if event.subject == "stuck":
            await release.wait()

    handled = Reader(handler)
    await bus.publish([fact("stuck", n) for n in range(1_500)] + [fact("far", 1)])
    async with consuming(bus, "readers", ["counter"], handled):
        release.set()
        await handled.until(1_501)

    assert handled.numbers("stuck") == list(range(1_500))
    await bus.close()


async def test_a_closed_bus_refuses_to_work(tmp_path: Path) -> None:
    bus = await LogBus.open(tmp_path / "log.db")
    async with bus.follow(["counter"]) as follower:
        await bus.close()
        await bus.close()

        assert [event async for event in follower] == []
    with pytest.raises(RuntimeError, match="the bus is closed"):
        await bus.publish([fact("a", 1)])


async def test_what_a_killed_process_had_published_is_there_and_its_group_is_free(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PUBLISHER, str(path), stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    assert process.stdout is not None
    for _ in range(20):
        await process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    printed = 20 + len((await process.stdout.read()).splitlines())
    await process.wait()

    bus, reader = await LogBus.open(path), Reader()
    async with consuming(bus, "readers", ["counter"], reader):
        await reader.until(printed)

    assert reader.numbers()[:printed] == list(range(printed))
    await bus.close()
