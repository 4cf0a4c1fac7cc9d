"""Joining as a doctor, and changing one's own profile."""

import strawberry

from shared.errors import Refusal
from shared.graphql.documents import ProfileError
from subgraphs.doctors.inputs import RegisterDoctorInput, UpdateDoctorInput
from subgraphs.doctors.loaders import Info
from subgraphs.doctors.types import Doctor, RegisterDoctorPayload, UpdateDoctorPayload


@strawberry.type
class ProfileMutations:
    @strawberry.mutation(description="Join as a doctor, to be reviewed. A mail asks for documents.")
    async def register_doctor(self, info: Info, input: RegisterDoctorInput) -> RegisterDoctorPayload | None:
        try:
            doctor = await info.context.service.registration.register(input.read())
        except Refusal as refusal:
            return RegisterDoctorPayload(user_errors=[ProfileError.of(refusal)])
        return RegisterDoctorPayload(doctor=Doctor.of(info, doctor, opened=True))

    @strawberry.mutation(
        description="Change one's own profile; what is not sent stays as it is. A rejected one goes back to review."
    )
    async def update_doctor(self, info: Info, input: UpdateDoctorInput) -> UpdateDoctorPayload | None:
        try:
            doctor = await info.context.service.profiles.update(info.context.caller, input.read())
        except Refusal as refusal:
            return UpdateDoctorPayload(user_errors=[ProfileError.of(refusal)])
        return UpdateDoctorPayload(doctor=Doctor.of(info, doctor))
