"""What a doctor does with an appointment."""

import strawberry

from shared.errors import Refusal
from subgraphs.appointments.inputs import AppointmentTransitionInput, IssuePrescriptionInput
from subgraphs.appointments.loaders import Info
from subgraphs.appointments.mutations.booking import appointment_payload
from subgraphs.appointments.types import (
    AppointmentError,
    AppointmentPayload,
    IssuePrescriptionPayload,
    Prescription,
)


@strawberry.type
class ConsultationMutations:
    @strawberry.mutation(description="Note that the patient of a confirmed appointment is there.")
    async def check_in_appointment(self, info: Info, input: AppointmentTransitionInput) -> AppointmentPayload | None:
        lifecycle = info.context.service.lifecycle
        return await appointment_payload(info, lifecycle.check_in(info.context.caller, input.appointment_id))

    @strawberry.mutation(description="Note that a checked-in appointment took place.")
    async def complete_appointment(self, info: Info, input: AppointmentTransitionInput) -> AppointmentPayload | None:
        lifecycle = info.context.service.lifecycle
        return await appointment_payload(info, lifecycle.complete(info.context.caller, input.appointment_id))

    @strawberry.mutation(description="Note that the patient of a confirmed appointment did not come.")
    async def mark_no_show(self, info: Info, input: AppointmentTransitionInput) -> AppointmentPayload | None:
        lifecycle = info.context.service.lifecycle
        return await appointment_payload(info, lifecycle.mark_no_show(info.context.caller, input.appointment_id))

    @strawberry.mutation(
        description="Prescribe at a paid appointment of one's own; prescribing again makes a new version."
    )
    async def issue_prescription(self, info: Info, input: IssuePrescriptionInput) -> IssuePrescriptionPayload | None:
        context = info.context
        try:
            issued = await context.service.prescribing.issue(context.caller, input.appointment_id, input.read())
        except Refusal as refusal:
            return IssuePrescriptionPayload(user_errors=[AppointmentError.of(refusal)])
        return IssuePrescriptionPayload(prescription=Prescription.of(issued))
