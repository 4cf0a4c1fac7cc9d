"""The embedded bus: a durable log in one SQLite file, which several processes may open; or in memory, for tests.

What is published in this process wakes its readers at once; what other processes publish is found by looking at the
log's end four times a second. One loop a bus looks, whatever the number of groups and followers.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from shared.clock import Clock, SystemClock
from shared.events.backoff import Backoff
from shared.events.bus import DeadLetter, Handler
from shared.events.envelope import Event
from shared.events.log_file import LogFile
from shared.events.log_followers import Followers
from shared.events.log_group import KeyedWork
from shared.events.log_seat import Seats

_logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

POLL_SECONDS = 0.25
_READ = 200
_AHEAD = 400
_ACKNOWLEDGE_SECONDS = 0.05
_PRUNE_SECONDS = 3_600.0
_UNUSABLE = Backoff(first=0.2, longest=5.0)


class LogBus:
    """A `Bus` on one machine. Make it with `open`.

    `retention`: how long acknowledged events are kept. `parallel`: how many keys of a group are handled at once.
    """

    def __init__(self, file: LogFile, seats: Seats, *, retention: timedelta, parallel: int, clock: Clock) -> None:
        self._file = file
        self._seats = seats
        self._retention = retention
        self._parallel = parallel
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="log")
        self._end = 0
        self._news = asyncio.Event()
        self._readers: set[asyncio.Event] = set()
        self._followers = Followers()
        self._closed = False
        self._watching = asyncio.create_task(self._watch(), name="log watcher")

    @classmethod
    async def open(
        cls,
        path: Path | None,
        *,
        retention: timedelta = timedelta(days=7),
        parallel: int = 16,
        clock: Clock | None = None,
    ) -> Self:
        """Open the log at `path` (its folder must exist), or one in memory if there is no path."""
        file = await asyncio.to_thread(LogFile, path)
        seats = Seats(path.with_name(f"{path.name}-seats") if path is not None else None)
        bus = cls(file, seats, retention=retention, parallel=parallel, clock=clock or SystemClock())
        bus._end = await bus._run(file.end)
        return bus

    async def publish(self, events: Sequence[Event]) -> None:
        if not events:
            return
        now = self._clock.now()
        await self._run(lambda: self._file.append(events, now))
        self._news.set()

    async def consume(self, group: str, topics: Sequence[str], handler: Handler) -> None:
        failures = 0
        while True:
            try:
                async with self._seat(group, topics), self._reader() as woken:
                    await self._consume(group, topics, handler, woken)
            except* sqlite3.Error as errors:
                # A full disk, or a file that another process keeps locked: what was not acknowledged comes again.
                failures += 1
                _logger.warning("%s cannot use the log: %s", group, errors.exceptions)
            await asyncio.sleep(_UNUSABLE.delay(failures))

    async def _consume(self, group: str, topics: Sequence[str], handler: Handler, woken: asyncio.Event) -> None:
        offsets = await self._run(lambda: self._file.join(group, topics))
        read_to = min(offsets.values())
        async with asyncio.TaskGroup() as tasks:
            work = KeyedWork(group, handler, tasks, after=read_to, parallel=self._parallel, ahead=_AHEAD)
            tasks.create_task(self._acknowledge(group, topics, work))
            while True:
                woken.clear()
                entries = await self._run(partial(self._file.read, topics, read_to, _READ))
                for entry in entries:
                    read_to = entry.position
                    if entry.position > offsets[entry.event.topic]:
                        work.add(entry)
                if len(entries) < _READ:
                    await woken.wait()
                await work.room.wait()

    async def _acknowledge(self, group: str, topics: Sequence[str], work: KeyedWork) -> None:
        acknowledged = 0

        async def write() -> None:
            nonlocal acknowledged
            watermark = work.watermark
            if watermark > acknowledged:
                await self._run(partial(self._file.acknowledge, group, topics, watermark))
                acknowledged = watermark

        try:
            while True:
                await work.done.wait()
                work.done.clear()
                await write()
                await asyncio.sleep(_ACKNOWLEDGE_SECONDS)
        finally:
            # What was finished since then need not come again after a clean stop.
            if not self._closed:
                await write()

    @asynccontextmanager
    async def follow(self, topics: Sequence[str]) -> AsyncIterator[AsyncIterator[Event]]:
        with self._followers.added(topics) as follower:
            # Queued from now on, read from here on: nothing falls between the two.
            follower.after = await self._run(self._file.end)
            yield follower.events()

    async def set_aside(self, letter: DeadLetter) -> None:
        await self._run(partial(self._file.keep_letter, letter))

    async def dead_letters(self, group: str | None = None) -> list[DeadLetter]:
        return await self._run(partial(self._file.letters, group))

    async def discard(self, letter_id: str) -> None:
        await self._run(partial(self._file.discard_letter, letter_id))

    async def prune(self) -> int:
        """Delete acknowledged events older than the retention; answers how many. Runs by itself every hour."""
        return await self._run(partial(self._file.prune, self._clock.now() - self._retention))

    async def close(self) -> None:
        if self._closed:
            return
        self._watching.cancel()
        await asyncio.wait([self._watching])
        self._followers.end()
        await self._run(self._file.close)
        self._closed = True
        self._thread.shutdown(wait=False)

    @asynccontextmanager
    async def _seat(self, group: str, topics: Sequence[str]) -> AsyncIterator[None]:
        while (seat := self._seats.take(group, topics)) is None:  # noqa: ASYNC110 (another process frees it)
            await asyncio.sleep(POLL_SECONDS)
        try:
            yield
        finally:
            self._seats.leave(seat)

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[asyncio.Event]:
        woken = asyncio.Event()
        self._readers.add(woken)
        try:
            yield woken
        finally:
            self._readers.discard(woken)

    async def _watch(self) -> None:
        """Look for news; wake groups, feed followers, prune."""
        pruned_at = asyncio.get_running_loop().time()
        while True:
            self._news.clear()
            try:
                await self._look()
                if asyncio.get_running_loop().time() > pruned_at + _PRUNE_SECONDS:
                    pruned_at = asyncio.get_running_loop().time()
                    await self.prune()
            except sqlite3.Error as error:
                _logger.warning("the log cannot be read: %s", error)
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _look(self) -> None:
        end = await self._run(self._file.end)
        if end <= self._end:
            return
        for woken in self._readers:
            woken.set()
        while self._end < end and (topics := self._followers.topics):
            entries = await self._run(partial(self._file.read, topics, self._end, _READ))
            self._followers.feed(entries)
            # What was read may reach beyond the end that was looked up before.
            last = entries[-1].position if entries else 0
            self._end = last if len(entries) == _READ else max(end, last)
        self._end = max(self._end, end)

    async def _run(self, call: Callable[[], Answer]) -> Answer:
        if self._closed:
            raise RuntimeError("the bus is closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)
