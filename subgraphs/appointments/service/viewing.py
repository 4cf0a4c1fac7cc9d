"""Who may read whose lists, and the record of who read what is clinical."""

from collections.abc import Sequence
from dataclasses import replace

from shared.audit import audited
from shared.auth import Caller
from shared.clock import Clock
from shared.errors import Forbidden
from shared.stores.sql import SqlStore
from subgraphs.appointments.events import SOURCE
from subgraphs.appointments.repository import Narrowing
from subgraphs.appointments.tables import AppointmentRow

READ = "appointments:read"


class Viewing:
    """Decides about lists, and leaves audit records."""

    def __init__(self, store: SqlStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def of_user(self, caller: Caller, user_id: str, narrowing: Narrowing) -> Narrowing:
        """Narrow a patient's appointments to those that the caller may see: a doctor's own; raises Forbidden."""
        if caller.user_id == user_id or caller.may(READ):
            return narrowing
        if caller.doctor_id is not None:
            return replace(narrowing, with_doctor=caller.doctor_id)
        raise Forbidden

    def prescribed_by(self, caller: Caller, user_id: str) -> str | None:
        """Answer whose prescriptions of a patient the caller may see, None for anybody's; raises Forbidden."""
        if caller.user_id == user_id:
            return None
        if caller.doctor_id is not None:
            return caller.doctor_id
        raise Forbidden

    async def note_reading(self, caller: Caller, rows: Sequence[AppointmentRow]) -> None:
        """Leave an audit record for each appointment whose clinical text the caller is about to be shown."""
        records = [
            audited(
                SOURCE,
                caller,
                self._clock,
                action="appointment.read",
                resource=("Appointment", row.id),
                user_id=row.user_id,
            )
            for row in rows
        ]

        async def work() -> None:
            self._store.publish(*records)

        await self._store.transaction(work)
