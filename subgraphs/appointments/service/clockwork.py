"""What the clock brings: unpaid appointments expire, confirmed ones are announced a day and an hour before.

Running twice or late does no harm: each row is looked at again, locked, in the transaction that changes it. A reminder
is due once for each time that an appointment is given: moving it makes both due again, and one that was booked later
than a reminder would have come does not get that one. A day's reminder that is later than an hour's is dropped.
"""

from datetime import timedelta

from shared.clock import Clock
from shared.stores.sql import SqlStore
from subgraphs.appointments.events import AppointmentReminderDue
from subgraphs.appointments.repository import AppointmentRepository, IdempotencyRepository
from subgraphs.appointments.service.changes import Changes
from subgraphs.appointments.service.placement import Placement

BATCH = 50
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
KEYS_KEPT = timedelta(days=30)


class Clockwork:
    """The clock jobs of appointments."""

    def __init__(
        self,
        store: SqlStore,
        appointments: AppointmentRepository,
        keys: IdempotencyRepository,
        *,
        placement: Placement,
        changes: Changes,
        clock: Clock,
    ) -> None:
        self._store = store
        self._appointments = appointments
        self._keys = keys
        self._placement = placement
        self._changes = changes
        self._clock = clock

    async def expire(self) -> None:
        """Write down what the clock has decided: unpaid appointments past their hold are EXPIRED."""
        while True:
            lapsed = await self._appointments.lapsed(self._clock.now(), BATCH)
            if lapsed:
                await self._store.transaction(lambda ids=tuple(lapsed): self._placement.expire(ids))  # type: ignore[misc]  # mypy does not infer a lambda's defaults.
            if len(lapsed) < BATCH:
                return

    async def remind(self) -> None:
        """Announce the reminders that are due."""
        for hourly in (True, False):
            while await self._store.transaction(lambda hourly=hourly: self._remind(hourly=hourly)) == BATCH:  # type: ignore[misc]  # As above.
                continue

    async def forget_keys(self) -> None:
        """Forget idempotency keys that nobody repeats any more."""
        await self._store.transaction(lambda: self._keys.forget_before(self._clock.now() - KEYS_KEPT))

    async def _remind(self, *, hourly: bool) -> int:
        now, ahead = self._clock.now(), HOUR if hourly else DAY
        rows = await self._appointments.to_remind(now, ahead, hourly=hourly, limit=BATCH)
        for row in rows:
            if hourly:
                row.reminded_hour_before = True
            else:
                row.reminded_day_before = True
            overtaken = not hourly and row.starts_at - now <= HOUR
            if row.placed_at < row.starts_at - ahead and not overtaken:
                row.version += 1
                self._changes.announce(row, AppointmentReminderDue, kind="1h" if hourly else "24h")
        return len(rows)
