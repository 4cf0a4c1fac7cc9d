"""The relay: it moves committed events from a store's outbox to the bus, at least once, in order per subject.

It publishes a batch, then forgets it; a crash in between publishes the batch again, which consumers' inboxes absorb.
With the bus down it waits and tries the same batch again: nothing overtakes, and commits go on meanwhile. A commit in
this process wakes it; commits in other processes are found by polling, less and less often while there are none.

One relay a database is active, by a lease in the database itself, because two would interleave their batches. A relay
that is paused for longer than its lease (a stopped process) may still publish the one batch in its hands when it wakes:
a late duplicate of what its successor has sent, which consumers know by its id.
"""

import asyncio
import logging

from shared.events.backoff import Backoff
from shared.events.bus import Bus
from shared.events.observing import relaying
from shared.ids import new_id
from shared.metrics import RELAY_FAILURES
from shared.stores.store import Outbox

_logger = logging.getLogger(__name__)

_LEASE = "relay"
_SLOWER = 1.2


class Relay:
    """The relay of one store. `run` it in a task of its own, in as many processes as one likes."""

    def __init__(
        self,
        outbox: Outbox,
        bus: Bus,
        *,
        batch: int = 200,
        poll_seconds: float = 0.2,
        idle_poll_seconds: float | None = None,
        lease_seconds: float = 5.0,
        tidy_seconds: float = 3_600.0,
        backoff: Backoff | None = None,
    ) -> None:
        self._outbox = outbox
        self._bus = bus
        self._batch = batch
        self._poll_seconds = self._pause = poll_seconds
        self._idle_poll_seconds = idle_poll_seconds or poll_seconds
        self._lease_seconds = lease_seconds
        self._tidy_seconds = tidy_seconds
        self._backoff = backoff or Backoff(first=0.05, longest=5.0)
        self._holder = new_id("relay")
        self._leads_until = 0.0
        self._tidied_at = 0.0

    async def run(self) -> None:
        """Relay until cancelled; no failure of the bus or of the store ends it."""
        failures = 0
        try:
            while True:
                try:
                    pause = await self._step()
                    failures = 0
                except Exception:
                    failures += 1
                    RELAY_FAILURES.inc()
                    delay = self._backoff.delay(failures)
                    _logger.warning("the relay waits %.2f s", delay, exc_info=True)
                    await asyncio.sleep(delay)
                else:
                    if pause:
                        await self._outbox.wait(pause)
        finally:
            await self._release()

    async def _step(self) -> float:
        """Move one batch if this relay leads; answers how long to wait for more."""
        if not await self._leads():
            return self._lease_seconds / 3
        moved = await self.relay_batch()
        self._pause = self._poll_seconds if moved else min(self._pause * _SLOWER, self._idle_poll_seconds)
        return 0.0 if moved == self._batch else self._pause

    async def relay_batch(self) -> int:
        """Move one batch; answers how many events it held."""
        events = await self._outbox.unpublished(self._batch)
        if events:
            with relaying(events):
                await self._bus.publish(events)
                await self._outbox.forget([event.id for event in events])
        return len(events)

    async def _leads(self) -> bool:
        """Tell whether this relay is the active one, renewing its lease at half time."""
        now = asyncio.get_running_loop().time()
        if now > self._leads_until - self._lease_seconds / 2:
            # The time is taken before the store answers, so that our view of the lease ends before the store's.
            if not await self._outbox.lease(_LEASE, self._holder, self._lease_seconds):
                self._leads_until = 0.0
                return False
            self._leads_until = now + self._lease_seconds
        if now > self._tidied_at + self._tidy_seconds:
            await self._outbox.tidy()
            self._tidied_at = now
        return True

    async def _release(self) -> None:
        if self._leads_until == 0.0:
            return
        try:
            await self._outbox.release(_LEASE, self._holder)
        except Exception:
            # The store is gone before us; the lease ends by itself.
            _logger.info("the relay could not give its lease back", exc_info=True)
