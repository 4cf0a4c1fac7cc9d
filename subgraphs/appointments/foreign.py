"""Entities of other subgraphs that this one adds fields to."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from shared.errors import BadUserInput
from shared.pagination import PageRequest
from subgraphs.appointments.loaders import Info
from subgraphs.appointments.repository import Narrowing
from subgraphs.appointments.service.listing import LONGEST_LISTING

if TYPE_CHECKING:
    from subgraphs.appointments.inputs import AppointmentFilter
    from subgraphs.appointments.types import AppointmentConnection, PrescriptionConnection, Slot, WaitlistEntry

From = Annotated[date, strawberry.argument(name="from")]
Filter = Annotated["AppointmentFilter", strawberry.lazy(".inputs")]
Appointments = Annotated["AppointmentConnection", strawberry.lazy(".types")]


def dates(first: date, last: date) -> tuple[date, date]:
    """Check two dates, both included; raises BadUserInput."""
    if last < first:
        raise BadUserInput("The last day comes before the first.", field=["to"])
    if (last - first).days >= LONGEST_LISTING:
        raise BadUserInput(f"Ask for at most {LONGEST_LISTING} days.", field=["to"])
    return first, last


@strawberry.federation.type(keys=["id"])
class Doctor:
    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "Doctor":
        return cls(id=id)

    @strawberry.field(
        description="Bookable slots between two dates of the doctor's own calendar, both included (at most 62 days)."
    )
    async def slots(
        self, info: Info, from_: From, to: date
    ) -> list[Annotated["Slot", strawberry.lazy(".types")]] | None:
        from subgraphs.appointments.types import Slot

        return [Slot.of(slot) for slot in await info.context.loaders.slots(*dates(from_, to)).load(self.id)]

    @strawberry.field(description="The first bookable slot.")
    async def next_available_slot(self, info: Info) -> Annotated["Slot", strawberry.lazy(".types")] | None:
        from subgraphs.appointments.types import Slot

        slot = await info.context.loaders.next_slot.load(self.id)
        return Slot.of(slot) if slot is not None else None

    @strawberry.field(description="The doctor's appointments, latest first.")
    async def appointments(
        self,
        info: Info,
        *,
        filter: Filter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Appointments | None:
        from subgraphs.appointments.types import AppointmentConnection

        request = PageRequest.of(first, after, last, before)
        narrowing = filter.read() if filter is not None else Narrowing()
        page = await info.context.loaders.appointments_of("doctor_id", narrowing, request).load(self.id)
        return AppointmentConnection.of(page, info.context.service.clock.now())

    @strawberry.federation.field(
        inaccessible=True, description="For the directory: the dates on which there is a free slot."
    )
    async def open_dates(self, info: Info, from_: From, to: date) -> list[date]:
        return await info.context.loaders.open_dates(*dates(from_, to)).load(self.id)


@strawberry.federation.type(keys=["id"])
class User:
    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "User":
        return cls(id=id)

    @strawberry.field(
        description="The patient's appointments, latest first. A doctor sees those with themselves.\n"
        "Requires the patient, a doctor, or the permission appointments:read."
    )
    async def appointments(
        self,
        info: Info,
        *,
        filter: Filter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Appointments | None:
        from subgraphs.appointments.types import AppointmentConnection

        context = info.context
        request = PageRequest.of(first, after, last, before)
        asked = filter.read() if filter is not None else Narrowing()
        narrowing = context.service.viewing.of_user(context.caller, self.id, asked)
        page = await context.loaders.appointments_of("user_id", narrowing, request).load(self.id)
        return AppointmentConnection.of(page, context.service.clock.now())

    @strawberry.field(
        description="Every prescription issued, newest first. A doctor sees their own.\n"
        "Requires the patient, or a doctor."
    )
    async def prescriptions(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Annotated["PrescriptionConnection", strawberry.lazy(".types")] | None:
        from subgraphs.appointments.types import PrescriptionConnection

        context = info.context
        request = PageRequest.of(first, after, last, before)
        doctor_id = context.service.viewing.prescribed_by(context.caller, self.id)
        return PrescriptionConnection.of(await context.loaders.prescriptions_of(doctor_id, request).load(self.id))

    @strawberry.field(description="Where the patient waits for a slot, newest first.")
    async def waitlist_entries(self, info: Info) -> list[Annotated["WaitlistEntry", strawberry.lazy(".types")]] | None:
        from subgraphs.appointments.types import WaitlistEntry

        now = info.context.service.clock.now()
        return [WaitlistEntry.of(row, now) for row in await info.context.loaders.entries_of.load(self.id)]
