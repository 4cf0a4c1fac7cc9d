"""The consumer: a named group that turns each event into one call of a handler, exactly once in its effects.

The bus delivers at least once. A transactional handler runs in the store's transaction together with the inbox mark of
its event, so effects and mark are kept or lost together, and a second delivery finds the mark. A handler that calls
other systems (`transactional=False`) cannot be rolled back: it runs its own transactions and is idempotent itself.

Failures are retried here with back-off, which holds back only later events of the same key. What fails is told apart:

* data that its model refuses will never heal: set aside at once;
* another part or the store not answering says nothing about the event: tried for as long as an outage may last;
* anything else may be the event's fault: tried a few times, then set aside as a dead letter, and the loop goes on.

A dead letter may be replayed once its cause is gone; the inbox mark keeps even that from happening twice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from traceback import extract_tb, format_tb
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from shared.clock import Clock, SystemClock
from shared.errors import BmcError
from shared.events.backoff import Backoff
from shared.events.bus import Bus, DeadLetter
from shared.events.envelope import Event
from shared.events.observing import age_of, attempting, in_hand
from shared.metrics import EVENT_FAILURES, EVENT_SECONDS, EVENTS_SET_ASIDE
from shared.stores.outages import NO_ANSWER
from shared.stores.store import Store

_logger = logging.getLogger(__name__)

Data = TypeVar("Data", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Subscription(Generic[Data]):
    """What a consumer does with one event type: the fields it reads, and the call."""

    model: type[Data]
    handler: Callable[[Event, Data], Awaitable[None]]
    transactional: bool = True


@dataclass(frozen=True, slots=True)
class Retries:
    """How stubborn a consumer is: attempts at a failing event, and seconds to sit an outage out."""

    attempts: int = 8
    backoff: Backoff = field(default_factory=lambda: Backoff(first=0.1, longest=15.0))
    outage_seconds: float = 900.0


class NoSuchLetter(LookupError):
    """No dead letter of this consumer has that id."""


class Consumer:
    """One group of handlers over one store. `run` it in a task of its own, in as many processes as one likes."""

    def __init__(
        self,
        name: str,
        store: Store,
        bus: Bus,
        subscriptions: Mapping[str, Subscription[Any]],
        *,
        retries: Retries | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self.subscriptions = subscriptions
        self._store = store
        self._bus = bus
        self._retries = retries or Retries()
        self._clock = clock or SystemClock()

    @property
    def topics(self) -> list[str]:
        """The topics of the event types it subscribes to."""
        return sorted({type_.partition(".")[0] for type_ in self.subscriptions})

    async def run(self) -> None:
        """Consume until cancelled."""
        await self._bus.consume(self.name, self.topics, self.receive)

    async def receive(self, event: Event) -> None:
        """Handle a delivery with retries; an event that cannot be handled becomes a dead letter."""
        if event.type not in self.subscriptions:
            return
        with in_hand(self.name, event):
            try:
                await self._handle_stubbornly(event)
            except Exception as error:  # noqa: BLE001 (whatever it is, the next event must not wait for it)
                await self._set_aside(event, error)
            else:
                EVENT_SECONDS.labels(self.name).observe(age_of(event, self._clock))

    async def handle(self, event: Event) -> None:
        """Handle an event once, without retries; types that nobody subscribed to are skipped."""
        subscription = self.subscriptions.get(event.type)
        if subscription is None:
            return
        data = subscription.model.model_validate(event.data)
        if not subscription.transactional:
            await subscription.handler(event, data)
            return

        async def work() -> None:
            if await self._store.first_time(self.name, event.id):
                await subscription.handler(event, data)

        await self._store.transaction(work)

    async def replay(self, letter_id: str) -> None:
        """Handle a dead letter again and forget it; if it fails once more it stays, and the error is raised."""
        for letter in await self._bus.dead_letters(self.name):
            if letter.id == letter_id:
                with in_hand(self.name, letter.event), attempting(self.name, letter.event, 1):
                    await self.handle(letter.event)
                await self._bus.discard(letter_id)
                return
        raise NoSuchLetter(letter_id)

    async def _set_aside(self, event: Event, error: Exception) -> None:
        trace = "".join(format_tb(error.__traceback__))
        _logger.error("%s sets %s %s aside: %s\n%s", self.name, event.type, event.id, _describe(error), trace)
        letter = DeadLetter(
            id=f"{self.name}:{event.id}", group=self.name, event=event, error=_describe(error), at=self._clock.now()
        )
        await self._bus.set_aside(letter)
        EVENTS_SET_ASIDE.labels(self.name, event.type).inc()

    async def _handle_stubbornly(self, event: Event) -> None:
        loop = asyncio.get_running_loop()
        outage_ends: float | None = None
        failures = faults = 0
        while True:
            try:
                with attempting(self.name, event, failures + 1):
                    await self.handle(event)
            except ValidationError:
                self._count_failure(event, "unreadable")
                raise
            except NO_ANSWER as error:
                self._count_failure(event, "outage")
                failures += 1
                now = loop.time()
                outage_ends = outage_ends if outage_ends is not None else now + self._retries.outage_seconds
                if now >= outage_ends:
                    raise
                _logger.warning("%s waits with %s %s: %s", self.name, event.type, event.id, _describe(error))
            except Exception as error:
                self._count_failure(event, "fault")
                failures += 1
                faults += 1
                if faults >= self._retries.attempts:
                    raise
                _logger.warning("%s tries %s %s again: %s", self.name, event.type, event.id, _describe(error))
            else:
                return
            await asyncio.sleep(self._retries.backoff.delay(failures))

    def _count_failure(self, event: Event, reason: str) -> None:
        EVENT_FAILURES.labels(self.name, event.type, reason).inc()


def _describe(error: Exception) -> str:
    """Name the error and its place, without its message unless it is ours: drivers quote the values they refused."""
    if isinstance(error, ValidationError):
        fields = sorted({".".join(map(str, problem["loc"])) for problem in error.errors()})
        return f"the data does not fit {error.title}: {', '.join(fields)}"
    frames = extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "an unknown place"
    text = f" ({error})" if isinstance(error, BmcError) else ""
    return f"{type(error).__name__}{text} at {place}"
