"""A waitlist entry."""

from datetime import date, datetime
from typing import Self

import strawberry

from subgraphs.appointments.foreign import Doctor
from subgraphs.appointments.loaders import Info
from subgraphs.appointments.service.listing import FreeSlot
from subgraphs.appointments.service.status import waitlist_status_of
from subgraphs.appointments.tables import WaitlistRow, WaitlistStatus
from subgraphs.appointments.types.slot import Slot

strawberry.enum(WaitlistStatus)


@strawberry.type
class WaitlistEntry:
    row: strawberry.Private[WaitlistRow]
    id: strawberry.ID
    doctor: Doctor | None
    from_: date = strawberry.field(name="from")
    to: date
    status: WaitlistStatus
    offer_expires_at: datetime | None

    @classmethod
    def of(cls, row: WaitlistRow, now: datetime) -> Self:
        """Show a row as it is now."""
        return cls(
            row=row,
            id=strawberry.ID(row.id),
            doctor=Doctor(id=strawberry.ID(row.doctor_id)),
            from_=row.from_date,
            to=row.to_date,
            status=waitlist_status_of(row, now),
            offer_expires_at=row.offer_expires_at,
        )

    @strawberry.field(description="The freed slot that is or was held for the patient, for today's fee.")
    async def offered_slot(self, info: Info) -> Slot | None:
        doctor = await info.context.loaders.doctor.load(self.row.doctor_id)
        starts_at, ends_at = self.row.offered_starts_at, self.row.offered_ends_at
        if doctor is None or starts_at is None or ends_at is None:
            return None
        return Slot.of(FreeSlot(doctor.id, starts_at, ends_at, doctor.fee))
