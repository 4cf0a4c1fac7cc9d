"""Calling an appointment off.

By its patient until it begins: in time (BMC_CANCEL_NOTICE_SECONDS before, 24 h) with a full refund, later without one:
"later none" is about the money. The time that is given back late is still worth more, to the doctor and to whoever
waits, than an empty chair. Once it has begun a patient is TOO_LATE_TO_CANCEL. Its doctor, and holders of
appointments:manage, call it off at any time until it is completed, with a full refund.

Unpaid ones always say `refund`: nothing was due, and what is paid at this very moment goes back.
"""

from datetime import timedelta

from shared.auth import Caller
from shared.clock import Clock
from shared.stores.sql import SqlStore
from subgraphs.appointments.errors import InvalidState, NoSuchObject, TooLateToCancel
from subgraphs.appointments.events import AppointmentCancelled
from subgraphs.appointments.repository import AppointmentRepository, ReservationRepository
from subgraphs.appointments.service.changes import Changes
from subgraphs.appointments.service.keys import Keys, Request
from subgraphs.appointments.service.lifecycle import MANAGE
from subgraphs.appointments.service.placement import retried
from subgraphs.appointments.service.status import status_of
from subgraphs.appointments.service.texts import required_text
from subgraphs.appointments.tables import COMING, AppointmentRow, AppointmentStatus

LONGEST_REASON = 500
DEPARTED = "The account was erased."


class Cancelling:
    """Calls appointments off, once."""

    def __init__(
        self,
        store: SqlStore,
        appointments: AppointmentRepository,
        reservations: ReservationRepository,
        *,
        keys: Keys,
        changes: Changes,
        clock: Clock,
        notice: timedelta,
    ) -> None:
        self._store = store
        self._appointments = appointments
        self._reservations = reservations
        self._keys = keys
        self._changes = changes
        self._clock = clock
        self._notice = notice

    async def cancel(self, caller: Caller, appointment_id: str, reason: str, key: str) -> AppointmentRow:
        """Call an appointment off; one that is cancelled already stays as it is.

        Raises InvalidInput, NoSuchObject, InvalidState, TooLateToCancel, IdempotencyConflict.
        """
        request = Request.of(caller, "cancel", key, (appointment_id, reason))
        reason = required_text(reason, LONGEST_REASON, "reason")
        answered = await self._keys.answered(request)
        if answered is not None:
            return answered

        async def work() -> AppointmentRow:
            row = await self._appointments.locked(appointment_id)
            by = _role(caller, row) if row is not None else None
            if row is None or by is None:
                raise NoSuchObject(field=["appointmentId"])
            await self._keys.remember(request, row.id)
            if row.status is not AppointmentStatus.CANCELLED:
                await self._call_off(row, by, reason)
                if by == "admin":
                    self._changes.audit(caller, "appointment.cancel", row)
            return row

        return await retried(lambda: self._store.transaction(work), lambda: self._keys.answered(request))

    async def call_off_departed(self, appointment_id: str, by: str) -> None:
        """Call off what somebody who left for good, a "patient" or a "doctor", can no longer attend, by their rules."""

        async def work() -> None:
            row = await self._appointments.locked(appointment_id)
            if row is None or status_of(row, self._clock.now()) not in COMING:
                return
            await self._call_off(row, by, DEPARTED)

        await retried(lambda: self._store.transaction(work), _nothing)

    async def _call_off(self, row: AppointmentRow, by: str, reason: str) -> None:
        refund = self._check(row, by)
        row.status, row.cancellation_reason = AppointmentStatus.CANCELLED, reason
        row.sequence += 1
        await self._reservations.release([row.id])
        self._changes.of_appointment(row, AppointmentCancelled, refund=refund, by=by)

    def _check(self, row: AppointmentRow, by: str) -> bool:
        """Answer whether what was paid goes back; raises InvalidState, TooLateToCancel."""
        now = self._clock.now()
        status = status_of(row, now)
        if status is AppointmentStatus.PENDING_PAYMENT:
            return True
        if by == "patient":
            if status is not AppointmentStatus.CONFIRMED:
                raise InvalidState(field=["appointmentId"])
            if row.starts_at <= now:
                raise TooLateToCancel(field=["appointmentId"])
            return row.starts_at - now >= self._notice
        if status not in {AppointmentStatus.CONFIRMED, AppointmentStatus.CHECKED_IN}:
            raise InvalidState(field=["appointmentId"])
        return True


def _role(caller: Caller, row: AppointmentRow) -> str | None:
    if caller.user_id is not None and caller.user_id == row.user_id:
        return "patient"
    if caller.doctor_id is not None and caller.doctor_id == row.doctor_id:
        return "doctor"
    return "admin" if caller.may(MANAGE) else None


async def _nothing() -> None:
    return None
