"""Loops of a process go on until they are stopped, however they end."""

import asyncio

from bmc.running import Loops


async def test_a_loop_that_ends_by_an_error_or_by_anothers_cancellation_is_run_again() -> None:
    ends = [RuntimeError("failed"), asyncio.CancelledError(), None]
    ran_through = asyncio.Event()

    async def loop() -> None:
        end = ends.pop(0)
        if end is not None:
            raise end
        ran_through.set()
        await asyncio.Event().wait()

    loops = Loops()
    loops.start("loop", loop)
    async with asyncio.timeout(10):
        await ran_through.wait()
        await loops.stop()

    assert ends == []


async def test_a_loop_whose_end_fails_is_stopped_all_the_same() -> None:
    running = asyncio.Event()

    async def loop() -> None:
        running.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise RuntimeError("failed")

    loops = Loops()
    loops.start("loop", loop)
    await running.wait()
    async with asyncio.timeout(10):
        await loops.stop()
