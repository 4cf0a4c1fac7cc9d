"""The store port: one transaction, in which state, its events and the consumer's inbox mark are written together.

`transaction(work)` runs `work` in one database transaction and commits it. Inside, repositories use the store's
current session; `publish` adds events to the outbox of the same transaction; `first_time` marks an event as handled
by a consumer. A transaction begun while one is open in the same task joins it, so a service method may be called by
a mutation (where it is the transaction) and by a consumer (where the message is). Transient conflicts (a deadlock, a
write conflict) run `work` again from the start, so `work` must have no effect outside the store: whoever must call
another system does so between two transactions. After the commit the relay is poked.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from shared.events.envelope import Event

Result = TypeVar("Result")


class Outbox(Protocol):
    """What a relay needs of a store: the unpublished events, oldest first, and forgetting the published."""

    async def unpublished(self, limit: int) -> list[Event]:
        """Answer committed events not yet forgotten, in order per subject."""
        ...

    async def forget(self, event_ids: Sequence[str]) -> None:
        """Delete events that the bus has made durable."""
        ...

    async def wait(self, seconds: float) -> None:
        """Return when a commit with events happened in this process, or after `seconds`."""
        ...

    async def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or renew a lease; False while another holds it."""
        ...

    async def release(self, name: str, holder: str) -> None:
        """Give a lease back early."""
        ...

    async def tidy(self) -> None:
        """Forget what no redelivery can need any more."""
        ...


class Store(Outbox, Protocol):
    """A database that runs transactions and keeps an outbox and an inbox in them."""

    async def transaction(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Run `work` in one transaction (joining an open one) and commit; nothing is kept if it raises."""
        ...

    def publish(self, *events: Event) -> None:
        """Add events to this transaction's outbox; an error outside of a transaction."""
        ...

    async def first_time(self, consumer: str, event_id: str) -> bool:
        """Mark an event handled by a consumer, in this transaction; False if it was before."""
        ...

    async def close(self) -> None:
        """Release what is open."""
        ...
