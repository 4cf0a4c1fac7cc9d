"""Patients wait for a slot."""

import strawberry

from shared.errors import Refusal
from subgraphs.appointments.inputs import JoinWaitlistInput, LeaveWaitlistInput
from subgraphs.appointments.loaders import Info
from subgraphs.appointments.types import AppointmentError, WaitlistEntry, WaitlistPayload


@strawberry.type
class WaitlistMutations:
    @strawberry.mutation(
        description="Wait for a slot that is given back, between two dates of the doctor's calendar, both included."
    )
    async def join_waitlist(self, info: Info, input: JoinWaitlistInput) -> WaitlistPayload | None:
        context = info.context
        try:
            row = await context.service.waiting.join(context.caller, input.doctor_id, input.from_, input.to)
        except Refusal as refusal:
            return WaitlistPayload(user_errors=[AppointmentError.of(refusal)])
        return WaitlistPayload(entry=WaitlistEntry.of(row, context.service.clock.now()))

    @strawberry.mutation(description="Wait no longer; a slot that is offered goes to the next.")
    async def leave_waitlist(self, info: Info, input: LeaveWaitlistInput) -> WaitlistPayload | None:
        context = info.context
        try:
            row = await context.service.waiting.leave(context.caller, input.waitlist_entry_id)
        except Refusal as refusal:
            return WaitlistPayload(user_errors=[AppointmentError.of(refusal)])
        return WaitlistPayload(entry=WaitlistEntry.of(row, context.service.clock.now()))
