"""The bus port: a durable log of topics, read by consumer groups in order per key.

The contract, which every adapter's tests share (tests/contracts/bus):
`publish` returns only when the events are durable, and keeps their order per key (topic and subject). A group sees
every event at least once, in order per key, from where it last acknowledged, over restarts too. A handler that raises
keeps the event unacknowledged: the group sees it again. Retries, idempotency and dead letters are the consumer's, not
the bus's.
`follow` yields what is published from now on, to everyone who follows, and keeps nothing.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.events.envelope import Event

Handler = Callable[[Event], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A poison event, the group that could not handle it, the last error, and when it was set aside."""

    id: str
    group: str
    event: Event
    error: str
    at: datetime


class Bus(Protocol):
    """The log of everything that happened."""

    async def publish(self, events: Sequence[Event]) -> None:
        """Append events; durable when this returns."""
        ...

    async def consume(self, group: str, topics: Sequence[str], handler: Handler) -> None:
        """Hand each event of `topics` to `handler`, acknowledging after it returns; runs until cancelled.

        A new group starts at the beginning of the log. Events of one key are handled in order; those of different
        keys may be handled at once.
        """
        ...

    def follow(self, topics: Sequence[str]) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Yield events published (by any process) after entering; a follower that falls far behind is ended."""
        ...

    async def set_aside(self, letter: DeadLetter) -> None:
        """Keep a dead letter; idempotent by its id."""
        ...

    async def dead_letters(self, group: str | None = None) -> list[DeadLetter]:
        """List dead letters, oldest first."""
        ...

    async def discard(self, letter_id: str) -> None:
        """Forget a dead letter, once replayed."""
        ...

    async def close(self) -> None:
        """Release what is open."""
        ...
