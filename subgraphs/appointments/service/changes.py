"""Every change of an appointment or a waitlist entry goes through here: one version, one event, one transaction."""

from typing import Any

from shared.audit import audited
from shared.auth import Caller
from shared.clock import Clock
from shared.events.declared import event
from shared.stores.sql import SqlStore
from subgraphs.appointments.events import SOURCE, AppointmentChanged, WaitlistChanged
from subgraphs.appointments.tables import AppointmentRow, WaitlistRow


class Changes:
    """Counts and announces changes, in the open transaction."""

    def __init__(self, store: SqlStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def of_appointment(self, row: AppointmentRow, kind: type[AppointmentChanged], /, **more: Any) -> None:
        """Count a change of an appointment and announce it as `kind`, whose further fields are `more`."""
        row.version += 1
        row.updated_at = self._clock.now()
        self.announce(row, kind, **more)

    def announce(self, row: AppointmentRow, kind: type[AppointmentChanged], /, **more: Any) -> None:
        """Announce what was counted already."""
        data = kind(
            appointment_id=row.id,
            doctor_id=row.doctor_id,
            user_id=row.user_id,
            starts_at=row.starts_at,
            version=row.version,
            **more,
        )
        self._store.publish(event(SOURCE, row.id, data, self._clock))

    def of_entry(self, row: WaitlistRow, kind: type[WaitlistChanged], /, **more: Any) -> None:
        """Count a change of a waitlist entry and announce it."""
        row.version += 1
        self.announce_entry(row, kind, **more)

    def announce_entry(self, row: WaitlistRow, kind: type[WaitlistChanged], /, **more: Any) -> None:
        """Announce a waitlist entry's change that was counted already."""
        data = kind(entry_id=row.id, doctor_id=row.doctor_id, user_id=row.user_id, version=row.version, **more)
        self._store.publish(event(SOURCE, row.id, data, self._clock))

    def audit(self, caller: Caller, action: str, row: AppointmentRow) -> None:
        """Leave a record of who touched a clinical record, or acted as an admin."""
        resource = ("Appointment", row.id)
        self._store.publish(audited(SOURCE, caller, self._clock, action=action, resource=resource, user_id=row.user_id))
