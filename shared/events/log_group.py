"""How a group works through the embedded log: many keys at once, each key in order, one watermark of what is done.

Acknowledgement is a watermark: everything up to it is done. It is one number however long the backlog, it costs one
small write for many events, and it can say nothing wrong after a crash. Its price is that events finished beyond one
that still retries are delivered again after a crash; consumers know them by their ids. Reading ahead is bounded, so
the price is too.
"""

import asyncio
import logging
from collections import deque

from shared.events.backoff import Backoff
from shared.events.bus import Handler
from shared.events.envelope import Event
from shared.events.log_file import Entry

_logger = logging.getLogger(__name__)

_REFUSED = Backoff(first=0.1, longest=5.0)


class KeyedWork:
    """Hands entries to a handler: up to `parallel` at once, those of one subject one after another.

    `done` is set whenever an entry is done; `room` while no more than `ahead` entries are not.
    """

    def __init__(
        self, group: str, handler: Handler, tasks: asyncio.TaskGroup, *, after: int, parallel: int, ahead: int
    ) -> None:
        self.done = asyncio.Event()
        self.room = asyncio.Event()
        self.room.set()
        self._group = group
        self._handler = handler
        self._tasks = tasks
        self._last = after
        self._free = asyncio.Semaphore(parallel)
        self._ahead = ahead
        self._queues: dict[str, deque[Entry]] = {}
        # In order of position, because entries arrive so: the first key is the smallest.
        self._unfinished: dict[int, None] = {}

    @property
    def watermark(self) -> int:
        """The position up to which everything is done."""
        return next(iter(self._unfinished)) - 1 if self._unfinished else self._last

    def add(self, entry: Entry) -> None:
        """Hand an entry over; its position is greater than all before."""
        self._last = entry.position
        self._unfinished[entry.position] = None
        if len(self._unfinished) > self._ahead:
            self.room.clear()
        queue = self._queues.get(entry.event.subject)
        if queue is None:
            self._queues[entry.event.subject] = deque([entry])
            self._tasks.create_task(self._work_off(entry.event.subject))
        else:
            queue.append(entry)

    def pass_over(self, position: int) -> None:
        """Take what comes up to a position, and was not handed over, for done: it is nobody's event."""
        self._last = max(self._last, position)

    async def _work_off(self, subject: str) -> None:
        queue = self._queues[subject]
        while queue:
            await self._handle(queue[0].event)
            del self._unfinished[queue.popleft().position]
            self.done.set()
            if len(self._unfinished) <= self._ahead:
                self.room.set()
        del self._queues[subject]

    async def _handle(self, event: Event) -> None:
        failures = 0
        while True:
            async with self._free:
                try:
                    await self._handler(event)
                except asyncio.CancelledError as error:
                    # One that nobody asked for comes from within the handler, and would end this key silently.
                    if _is_cancelled():
                        raise
                    failure: BaseException = error
                except Exception as error:  # noqa: BLE001 (the port's law: a handler that raises sees the event again)
                    failure = error
                else:
                    return
            failures += 1
            _logger.warning("%s gave %s back: %s", self._group, event.id, type(failure).__name__)
            await asyncio.sleep(_REFUSED.delay(failures))


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
