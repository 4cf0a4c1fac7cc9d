"""What becomes of a confirmed appointment: checked in, completed, not attended. Every other way is INVALID_STATE.

    PENDING_PAYMENT -> CONFIRMED -> CHECKED_IN -> COMPLETED        CONFIRMED -> NO_SHOW

By the appointment's doctor, or by whoever holds appointments:manage. The status decides, not the clock: doctors begin
early, and close the books of a consultation before its slot is over; when they may is between them and the patient. A
consultation that ends early keeps its time reserved.
"""

from shared.auth import Caller
from shared.stores.sql import SqlStore
from subgraphs.appointments.errors import InvalidState, NoSuchObject
from subgraphs.appointments.events import (
    AppointmentChanged,
    AppointmentCheckedIn,
    AppointmentCompleted,
    AppointmentNoShow,
)
from subgraphs.appointments.repository import AppointmentRepository
from subgraphs.appointments.service.changes import Changes
from subgraphs.appointments.tables import AppointmentRow, AppointmentStatus

MANAGE = "appointments:manage"


class Lifecycle:
    """Moves appointments along."""

    def __init__(self, store: SqlStore, appointments: AppointmentRepository, changes: Changes) -> None:
        self._store = store
        self._appointments = appointments
        self._changes = changes

    async def check_in(self, caller: Caller, appointment_id: str) -> AppointmentRow:
        """Note that the patient is there; raises NoSuchObject, InvalidState."""
        return await self._move(
            caller, appointment_id, AppointmentStatus.CONFIRMED, AppointmentStatus.CHECKED_IN, AppointmentCheckedIn
        )

    async def complete(self, caller: Caller, appointment_id: str) -> AppointmentRow:
        """Note that it took place; raises NoSuchObject, InvalidState."""
        return await self._move(
            caller, appointment_id, AppointmentStatus.CHECKED_IN, AppointmentStatus.COMPLETED, AppointmentCompleted
        )

    async def mark_no_show(self, caller: Caller, appointment_id: str) -> AppointmentRow:
        """Note that the patient did not come; raises NoSuchObject, InvalidState."""
        return await self._move(
            caller, appointment_id, AppointmentStatus.CONFIRMED, AppointmentStatus.NO_SHOW, AppointmentNoShow
        )

    async def _move(
        self,
        caller: Caller,
        appointment_id: str,
        before: AppointmentStatus,
        after: AppointmentStatus,
        kind: type[AppointmentChanged],
    ) -> AppointmentRow:
        async def work() -> AppointmentRow:
            row = await self._appointments.locked(appointment_id)
            doctors_own = row is not None and caller.doctor_id == row.doctor_id
            if row is None or not (doctors_own or caller.may(MANAGE)):
                raise NoSuchObject(field=["appointmentId"])
            if row.status is not before:
                raise InvalidState(field=["appointmentId"])
            row.status = after
            self._changes.of_appointment(row, kind)
            if not doctors_own:
                self._changes.audit(caller, kind.type, row)
            return row

        return await self._store.transaction(work)
