"""The queries."""

import strawberry

from subgraphs.appointments.loaders import Info
from subgraphs.appointments.types import Appointment, Prescription


@strawberry.type
class Query:
    @strawberry.field(description="An appointment that the caller may see; null for any other.")
    async def appointment(self, info: Info, id: strawberry.ID) -> Appointment | None:
        return await Appointment.find(info, id)

    @strawberry.field(description="A prescription of the caller's, as patient or doctor; null for any other.")
    async def prescription(self, info: Info, id: strawberry.ID) -> Prescription | None:
        return await Prescription.find(info, id)
