"""How often a relay looks: often while there are events, less and less often while there are none."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.events.envelope import Event
from shared.events.log import LogBus
from shared.events.outbox import Relay
from tests.shared.events.events import fact


class Paced:
    """An outbox that answers batches in turn, and writes down how long its relay waits after each."""

    def __init__(self, *batches: list[Event]) -> None:
        self._batches = list(batches)
        self.waits: list[float] = []

    async def lease(self, _name: str, _holder: str, _seconds: float) -> bool:
        return True

    async def release(self, _name: str, _holder: str) -> None: ...

    async def tidy(self) -> None: ...

    async def unpublished(self, _limit: int) -> list[Event]:
        return self._batches.pop(0)

    async def forget(self, _event_ids: Sequence[str]) -> None: ...

    async def wait(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))
        if not self._batches:
            raise asyncio.CancelledError


async def test_a_relay_slows_down_while_there_is_nothing_and_is_quick_again_at_the_first_event() -> None:
    outbox = Paced([], [], [], [fact("a", 1)], [], *([[]] * 20))
    bus = await LogBus.open(None)

    with pytest.raises(asyncio.CancelledError):
        await Relay(outbox, bus, poll_seconds=0.05, idle_poll_seconds=0.2).run()

    assert outbox.waits[:6] == [0.06, 0.072, 0.086, 0.05, 0.06, 0.072]
    assert outbox.waits[-1] == 0.2
    assert max(outbox.waits) == 0.2
    await bus.close()
