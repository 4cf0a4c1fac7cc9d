"""A payment arrived: the appointment is confirmed, or the payment cannot be placed and goes back in full.

While the appointment's reservation is still there it becomes firm, even past `payBy` (though not
past the beginning too): nobody else took the time. After
it has expired, the same ticks are taken anew if they are free and the time has not come; else, and for an appointment
that was called off or is paid by another payment already, `appointment.payment_unplaceable` has it refunded.
"""

from shared.clock import Clock
from shared.events.declared import event
from shared.stores.sql import SqlStore
from subgraphs.appointments.errors import PatientDoubleBooking, SlotUnavailable
from subgraphs.appointments.events import SOURCE, AppointmentConfirmed, AppointmentPaymentUnplaceable
from subgraphs.appointments.repository import AppointmentRepository, ReservationRepository
from subgraphs.appointments.service.changes import Changes
from subgraphs.appointments.service.placement import Place, Placement
from subgraphs.appointments.service.slots import Interval
from subgraphs.appointments.tables import AppointmentRow, AppointmentStatus


class Confirmation:
    """Confirms what was paid."""

    def __init__(
        self,
        store: SqlStore,
        appointments: AppointmentRepository,
        reservations: ReservationRepository,
        *,
        placement: Placement,
        changes: Changes,
        clock: Clock,
    ) -> None:
        self._store = store
        self._appointments = appointments
        self._reservations = reservations
        self._placement = placement
        self._changes = changes
        self._clock = clock

    async def confirm(self, appointment_id: str, payment_id: str) -> None:
        """Place a payment that has succeeded; a second call for the same payment changes nothing."""

        async def work() -> None:
            row = await self._appointments.locked(appointment_id)
            # A payment of an appointment that never was is nobody's here.
            if row is None or row.payment_id == payment_id:
                return
            if await self._place(row):
                row.status, row.payment_id = AppointmentStatus.CONFIRMED, payment_id
                self._changes.of_appointment(row, AppointmentConfirmed)
            else:
                row.version += 1
                unplaceable = AppointmentPaymentUnplaceable(
                    appointment_id=row.id, payment_id=payment_id, user_id=row.user_id
                )
                self._store.publish(event(SOURCE, row.id, unplaceable, self._clock))

        await self._store.transaction(work)

    async def _place(self, row: AppointmentRow) -> bool:
        now = self._clock.now()
        match row.status:
            case AppointmentStatus.PENDING_PAYMENT if now < max(row.pay_by, row.starts_at):
                kept = await self._reservations.make_firm(row.id)
                assert kept, "an appointment that waits for payment has its reservation"
                return True
            case AppointmentStatus.EXPIRED if now < row.starts_at and row.payment_id is None:
                interval = Interval(row.starts_at, row.ends_at, row.buffer_minutes)
                try:
                    await self._placement.take(Place(interval, row.doctor_id, row.user_id), row.id, None)
                except (SlotUnavailable, PatientDoubleBooking):
                    return False
                return True
            case _:
                return False
