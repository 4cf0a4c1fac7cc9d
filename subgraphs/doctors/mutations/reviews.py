"""The decisions of reviewers."""

import strawberry

from shared.errors import Refusal
from shared.graphql.documents import ProfileError
from subgraphs.doctors.inputs import ReviewDoctorInput
from subgraphs.doctors.loaders import Info
from subgraphs.doctors.service import Decision
from subgraphs.doctors.types import Doctor, ReviewDoctorPayload


async def _review(info: Info, decision: Decision, input: ReviewDoctorInput) -> ReviewDoctorPayload:
    context = info.context
    try:
        doctor = await context.service.vetting.review(context.caller, decision, input.doctor_id, input.comments)
    except Refusal as refusal:
        return ReviewDoctorPayload(user_errors=[ProfileError.of(refusal)])
    return ReviewDoctorPayload(doctor=Doctor.of(info, doctor))


@strawberry.type
class ReviewMutations:
    @strawberry.mutation(description="Let a PENDING doctor in: ACTIVE, listed and bookable.")
    async def approve_doctor(self, info: Info, input: ReviewDoctorInput) -> ReviewDoctorPayload | None:
        return await _review(info, Decision.APPROVE, input)

    @strawberry.mutation(description="Do not let a PENDING doctor in; the comment is mailed, and they may try again.")
    async def reject_doctor(self, info: Info, input: ReviewDoctorInput) -> ReviewDoctorPayload | None:
        return await _review(info, Decision.REJECT, input)

    @strawberry.mutation(description="Take an ACTIVE doctor off the directory; the comment is mailed.")
    async def suspend_doctor(self, info: Info, input: ReviewDoctorInput) -> ReviewDoctorPayload | None:
        return await _review(info, Decision.SUSPEND, input)

    @strawberry.mutation(description="Put a SUSPENDED doctor back.")
    async def reinstate_doctor(self, info: Info, input: ReviewDoctorInput) -> ReviewDoctorPayload | None:
        return await _review(info, Decision.REINSTATE, input)
