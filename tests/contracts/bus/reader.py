"""A member of a consumer group that remembers what it saw."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.events.bus import Bus, Handler
from shared.events.envelope import Event


class Reader:
    """A handler that records events (once `handler` is done with them) and lets a test wait for them.

    It awaits nothing after that: by the time that `until` returns, the handler has, so the event counts as handled.
    """

    def __init__(self, handler: Handler | None = None) -> None:
        self._handler = handler
        self.seen: list[Event] = []
        self._changed = asyncio.Event()

    async def __call__(self, event: Event) -> None:
        if self._handler is not None:
            await self._handler(event)
        self.seen.append(event)
        self._changed.set()

    async def until(self, count: int) -> list[Event]:
        """Wait for so many events; answers all that were seen."""
        while len(self.seen) < count:
            self._changed.clear()
            await self._changed.wait()
        return self.seen

    def numbers(self, subject: str | None = None) -> list[int]:
        """Answer the numbers of the facts seen, of one subject or of all."""
        return [event.data["n"] for event in self.seen if subject in {None, event.subject}]


@asynccontextmanager
async def consuming(bus: Bus, group: str, topics: list[str], handler: Handler) -> AsyncIterator[None]:
    """Run a member of a group during the block."""
    task = asyncio.create_task(bus.consume(group, topics, handler))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
    if not task.cancelled():
        task.result()
