"""Moving an appointment: one atomic step, with the same doctor, by the patient or a holder of appointments:manage.

The new slot must be one that is offered, by the rules that booking follows; the appointment's own time does not stand
in its way. Fee, zone and payment follow; one that is not paid yet keeps its `payBy`.
"""

from datetime import datetime

from shared.auth import Caller
from shared.clock import Clock
from shared.stores.sql import SqlStore
from subgraphs.appointments.errors import InvalidInput, InvalidState, NoSuchObject, RescheduleLimit
from subgraphs.appointments.events import AppointmentRescheduled
from subgraphs.appointments.repository import AppointmentRepository
from subgraphs.appointments.service.booking import Calendar
from subgraphs.appointments.service.changes import Changes
from subgraphs.appointments.service.doctors import Doctor, Doctors
from subgraphs.appointments.service.keys import Keys, Request
from subgraphs.appointments.service.lifecycle import MANAGE
from subgraphs.appointments.service.placement import Place, Placement, retried
from subgraphs.appointments.service.status import status_of
from subgraphs.appointments.tables import COMING, AppointmentRow, AppointmentStatus

MOST_MOVES = 3


class Rescheduling:
    """Moves appointments."""

    def __init__(
        self,
        store: SqlStore,
        appointments: AppointmentRepository,
        *,
        calendar: Calendar,
        keys: Keys,
        placement: Placement,
        changes: Changes,
        doctors: Doctors,
        clock: Clock,
    ) -> None:
        self._store = store
        self._appointments = appointments
        self._calendar = calendar
        self._keys = keys
        self._placement = placement
        self._changes = changes
        self._doctors = doctors
        self._clock = clock

    async def reschedule(self, caller: Caller, appointment_id: str, starts_at: datetime, key: str) -> AppointmentRow:
        """Move an appointment; raises any refusal of booking, InvalidState, RescheduleLimit, NoSuchObject."""
        request = Request.of(caller, "reschedule", key, (appointment_id, starts_at))
        answered = await self._keys.answered(request)
        if answered is not None:
            return answered
        (found,) = await self._appointments.by_id([appointment_id])
        if found is None or not _may_move(caller, found):
            raise NoSuchObject(field=["appointmentId"])
        self._check(found, starts_at)
        doctor = await self._doctors.bookable(found.doctor_id)

        async def work() -> AppointmentRow:
            return await self._move(caller, appointment_id, starts_at, doctor, request)

        return await retried(lambda: self._store.transaction(work), lambda: self._keys.answered(request))

    async def _move(
        self, caller: Caller, appointment_id: str, starts_at: datetime, doctor: Doctor, request: Request
    ) -> AppointmentRow:
        await self._keys.remember(request, appointment_id)
        row = await self._appointments.locked(appointment_id)
        if row is None:
            raise NoSuchObject(field=["appointmentId"])
        self._check(row, starts_at)
        interval = await self._calendar.slot(doctor, starts_at)
        held_until = row.pay_by if row.status is AppointmentStatus.PENDING_PAYMENT else None
        place = Place(interval, row.doctor_id, row.user_id)
        await self._placement.take(place, row.id, held_until, instead_of=[row.id])
        previous = row.starts_at
        row.starts_at, row.ends_at, row.buffer_minutes = interval.starts_at, interval.ends_at, interval.buffer_minutes
        row.placed_at = self._clock.now()
        row.reminded_day_before = row.reminded_hour_before = False
        row.reschedule_count += 1
        row.sequence += 1
        self._changes.of_appointment(row, AppointmentRescheduled, previous_starts_at=previous)
        if caller.user_id != row.user_id:
            self._changes.audit(caller, "appointment.reschedule", row)
        return row

    def _check(self, row: AppointmentRow, starts_at: datetime) -> None:
        now = self._clock.now()
        if status_of(row, now) not in COMING or row.starts_at <= now:
            raise InvalidState(field=["appointmentId"])
        if row.reschedule_count >= MOST_MOVES:
            raise RescheduleLimit(field=["appointmentId"])
        if row.starts_at == starts_at:
            raise InvalidInput("The appointment begins then already.", field=["startsAt"])


def _may_move(caller: Caller, row: AppointmentRow) -> bool:
    return (caller.user_id is not None and caller.user_id == row.user_id) or caller.may(MANAGE)
