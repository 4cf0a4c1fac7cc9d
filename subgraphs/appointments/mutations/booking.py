"""Patients book, move and call off; doctors and admins call off too."""

from collections.abc import Awaitable

import strawberry

from shared.errors import Refusal
from subgraphs.appointments.inputs import BookAppointmentInput, CancelAppointmentInput, RescheduleAppointmentInput
from subgraphs.appointments.loaders import Info
from subgraphs.appointments.tables import AppointmentRow
from subgraphs.appointments.types import (
    Appointment,
    AppointmentError,
    AppointmentPayload,
    BookAppointmentPayload,
    Slot,
)


async def appointment_payload(info: Info, work: Awaitable[AppointmentRow]) -> AppointmentPayload:
    """Show what became of an appointment, or the refusal."""
    try:
        row = await work
    except Refusal as refusal:
        return AppointmentPayload(user_errors=[AppointmentError.of(refusal)])
    return AppointmentPayload(appointment=Appointment.of(row, info.context.service.clock.now()))


@strawberry.type
class BookingMutations:
    @strawberry.mutation(description="Book a free slot and hold it until it is paid or `payBy` has come.")
    async def book_appointment(self, info: Info, input: BookAppointmentInput) -> BookAppointmentPayload | None:
        context = info.context
        try:
            answer = await context.service.booking.book(context.caller, input.read())
        except Refusal as refusal:
            return BookAppointmentPayload(user_errors=[AppointmentError.of(refusal)])
        row = answer.appointment
        return BookAppointmentPayload(
            appointment=Appointment.of(row, context.service.clock.now()) if row is not None else None,
            alternatives=[Slot.of(slot) for slot in answer.alternatives],
            user_errors=[AppointmentError.of(answer.refusal)] if answer.refusal is not None else [],
        )

    @strawberry.mutation(
        description="Move an appointment to another free slot of the same doctor, at most three times; what is paid "
        "stays paid."
    )
    async def reschedule_appointment(self, info: Info, input: RescheduleAppointmentInput) -> AppointmentPayload | None:
        moved = info.context.service.rescheduling.reschedule(
            info.context.caller, input.appointment_id, input.starts_at, input.idempotency_key
        )
        return await appointment_payload(info, moved)

    @strawberry.mutation(
        description="Call an appointment off. Its patient has a full refund until 24 hours before, and none later; its "
        "doctor and admins always refund in full."
    )
    async def cancel_appointment(self, info: Info, input: CancelAppointmentInput) -> AppointmentPayload | None:
        cancelled = info.context.service.cancelling.cancel(
            info.context.caller, input.appointment_id, input.reason, input.idempotency_key
        )
        return await appointment_payload(info, cancelled)
