"""A bus whose broker can be taken down, or lose the answer to a publish that it kept, or whose publisher sleeps."""

import asyncio
from collections.abc import Sequence
from typing import Any

from shared.events.envelope import Event
from shared.events.log import LogBus


class BrokerDown(ConnectionError):
    """The broker does not answer."""


class FlakyBus(LogBus):
    """A log in memory; `down` refuses to publish, `forgetful` publishes and then fails, once.

    With `wakes`, the next publish sleeps until that is set, and `asleep` tells that it does.
    """

    down = False
    forgetful = False
    wakes: asyncio.Event | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refusals: asyncio.Queue[None] = asyncio.Queue()
        self.asleep = asyncio.Event()

    async def publish(self, events: Sequence[Event]) -> None:
        wakes, self.wakes = self.wakes, None
        if wakes is not None:
            self.asleep.set()
            await wakes.wait()
        if self.down:
            self.refusals.put_nowait(None)
            raise BrokerDown
        await super().publish(events)
        if self.forgetful:
            self.forgetful = False
            raise BrokerDown
