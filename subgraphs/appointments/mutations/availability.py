"""Doctors say when they work."""

import strawberry

from shared.errors import Refusal
from subgraphs.appointments.foreign import Doctor
from subgraphs.appointments.inputs import OverrideAvailabilityInput, PublishAvailabilityInput
from subgraphs.appointments.loaders import Info
from subgraphs.appointments.types import AppointmentError, PublishAvailabilityPayload


@strawberry.type
class AvailabilityMutations:
    @strawberry.mutation(
        description="Replace one's weekly hours. Booked appointments and overridden dates stay as they are."
    )
    async def publish_availability(
        self, info: Info, input: PublishAvailabilityInput
    ) -> PublishAvailabilityPayload | None:
        try:
            doctor_id = await info.context.service.publishing.publish(info.context.caller, input.read())
        except Refusal as refusal:
            return PublishAvailabilityPayload(user_errors=[AppointmentError.of(refusal)])
        return PublishAvailabilityPayload(doctor=Doctor(id=strawberry.ID(doctor_id)))

    @strawberry.mutation(description="Replace the hours of one date; no windows make it a day off.")
    async def override_availability(
        self, info: Info, input: OverrideAvailabilityInput
    ) -> PublishAvailabilityPayload | None:
        publishing = info.context.service.publishing
        try:
            doctor_id = await publishing.override(info.context.caller, input.date, input.read())
        except Refusal as refusal:
            return PublishAvailabilityPayload(user_errors=[AppointmentError.of(refusal)])
        return PublishAvailabilityPayload(doctor=Doctor(id=strawberry.ID(doctor_id)))
