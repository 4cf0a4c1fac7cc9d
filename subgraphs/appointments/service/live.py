"""Live updates: one follower of the bus a process, fanned out to whoever subscribes here.

Following the bus, not this process's own commits, is what makes a change visible wherever it happened. A subscriber has
a bounded queue; whoever does not keep up, and everybody when the follower itself was dropped, is ended rather than left
with a gap that nobody can see: clients subscribe again and read the present state. Streams end with the token.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from shared.auth import Caller
from shared.clock import Clock
from shared.events.bus import Bus
from shared.events.envelope import Event
from subgraphs.appointments.service.doctors import Doctors

TOPICS = ("appointment", "availability", "prescription", "waitlist", "doctor")
LONGEST_QUEUE = 256
_logger = logging.getLogger(__name__)

Wants = Callable[[Event], bool]


@dataclass(eq=False, slots=True)
class _Listener:
    wants: Wants
    queue: "asyncio.Queue[Event | None]" = field(default_factory=lambda: asyncio.Queue(LONGEST_QUEUE + 1))
    ended: bool = False

    def tell(self, event: Event) -> None:
        if not self.ended and self.wants(event):
            if self.queue.qsize() >= LONGEST_QUEUE:
                self.end()
            else:
                self.queue.put_nowait(event)

    def end(self) -> None:
        if not self.ended:
            self.ended = True
            self.queue.put_nowait(None)


class Live:
    """Hands events to subscribers."""

    def __init__(self, bus: Bus, doctors: Doctors, clock: Clock) -> None:
        self._bus = bus
        self._doctors = doctors
        self._clock = clock
        self._listeners: set[_Listener] = set()

    async def follow(self) -> None:
        """Follow the bus until cancelled."""
        while True:
            async with self._bus.follow(list(TOPICS)) as events:
                async for event in events:
                    self.tell(event)
            _logger.warning("the follower fell behind; subscribers start again")
            for listener in self._listeners:
                listener.end()

    def tell(self, event: Event) -> None:
        """Hand an event to those who want it."""
        if event.topic == "doctor":
            self._doctors.forget(event.subject)
        for listener in self._listeners:
            listener.tell(event)

    async def subscribe(self, caller: Caller, wants: Wants) -> AsyncIterator[Event]:
        """Yield wanted events until the caller's token ends."""
        listener = _Listener(wants)
        self._listeners.add(listener)
        try:
            while True:
                event = None
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._seconds_left(caller)):
                        event = await listener.queue.get()
                if event is None or self._is_over(caller):
                    return
                yield event
        finally:
            self._listeners.discard(listener)

    def _seconds_left(self, caller: Caller) -> float | None:
        if caller.expires_at is None:
            return None
        return max(0.0, (caller.expires_at - self._clock.now()).total_seconds())

    def _is_over(self, caller: Caller) -> bool:
        return caller.expires_at is not None and caller.expires_at <= self._clock.now()
