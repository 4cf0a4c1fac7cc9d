"""An appointment. Who is given one, `shown` decides; its clinical texts are for its patient and its doctor alone."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from shared.auth import Caller
from shared.graphql.values import MoneyType, PageInfo
from shared.pagination import Page, encode_cursor
from subgraphs.appointments.foreign import Doctor, User
from subgraphs.appointments.loaders import Info
from subgraphs.appointments.service.status import fee_of, may_see, status_of, takes_part
from subgraphs.appointments.tables import AppointmentRow, AppointmentStatus

if TYPE_CHECKING:
    from subgraphs.appointments.types.prescription import Prescription

strawberry.enum(AppointmentStatus)
CLINICAL = "Requires the appointment's patient or doctor; null for others."


@strawberry.federation.type(keys=["id"])
class Appointment:
    row: strawberry.Private[AppointmentRow]
    id: strawberry.ID
    status: AppointmentStatus
    doctor: Doctor | None
    user: User | None
    starts_at: datetime
    ends_at: datetime
    fee: MoneyType
    pay_by: datetime | None = strawberry.field(description="While PENDING_PAYMENT: the slot is held until then.")
    cancellation_reason: str | None
    reschedule_count: int
    created_at: datetime
    updated_at: datetime
    user_id: strawberry.ID = strawberry.federation.field(inaccessible=True)
    doctor_id: strawberry.ID = strawberry.federation.field(inaccessible=True)
    doctor_time_zone: str = strawberry.federation.field(
        inaccessible=True, description="The doctor's zone, as it was at booking."
    )
    sequence: int = strawberry.federation.field(
        inaccessible=True, description="Counts what calendars must take over: RFC 5545's SEQUENCE."
    )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        return await cls.find(info, id)

    @classmethod
    async def find(cls, info: Info, appointment_id: str) -> Self | None:
        """Show an appointment to those who may see it."""
        row = await info.context.loaders.appointment.load(appointment_id)
        return cls.shown(row, info.context.caller, info.context.service.clock.now())

    @classmethod
    def shown(cls, row: AppointmentRow | None, caller: Caller, now: datetime) -> Self | None:
        """Show a row to those who may see it: its patient, its doctor, and holders of appointments:read."""
        return cls.of(row, now) if row is not None and may_see(caller, row) else None

    @classmethod
    def of(cls, row: AppointmentRow, now: datetime) -> Self:
        """Show a row as it is now."""
        status = status_of(row, now)
        return cls(
            row=row,
            id=strawberry.ID(row.id),
            status=status,
            doctor=Doctor(id=strawberry.ID(row.doctor_id)),
            user=None if row.user_left else User(id=strawberry.ID(row.user_id)),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            fee=MoneyType.of(fee_of(row)),
            pay_by=row.pay_by if status is AppointmentStatus.PENDING_PAYMENT else None,
            cancellation_reason=row.cancellation_reason,
            reschedule_count=row.reschedule_count,
            created_at=row.created_at,
            updated_at=row.updated_at,
            user_id=strawberry.ID(row.user_id),
            doctor_id=strawberry.ID(row.doctor_id),
            doctor_time_zone=row.doctor_time_zone,
            sequence=row.sequence,
        )

    @strawberry.field(description=f"What the patient wrote at booking.\n{CLINICAL}")
    async def symptoms(self, info: Info) -> str | None:
        return await self._opened(info, self.row.symptoms)

    @strawberry.field(description=f"What the patient wrote at booking.\n{CLINICAL}")
    async def prior_medical_history(self, info: Info) -> str | None:
        return await self._opened(info, self.row.prior_medical_history)

    @strawberry.field(description=f"The newest version of what was prescribed.\n{CLINICAL}")
    async def prescription(
        self, info: Info
    ) -> Annotated["Prescription", strawberry.lazy("subgraphs.appointments.types.prescription")] | None:
        from subgraphs.appointments.types.prescription import Prescription

        return Prescription.shown(await info.context.loaders.prescription_of.load(self.id), info.context.caller)

    async def _opened(self, info: Info, text: str | None) -> str | None:
        """Answer a clinical text to those concerned, once its reading is on record."""
        if text is None or not takes_part(info.context.caller, self.row):
            return None
        await info.context.loaders.opened_appointment.load(self.row)
        return text


@strawberry.type
class AppointmentEdge:
    cursor: str
    node: Appointment


@strawberry.type
class AppointmentConnection:
    edges: list[AppointmentEdge]
    page_info: PageInfo
    total_count: int | None

    @classmethod
    def of(cls, page: Page[AppointmentRow], now: datetime) -> Self:
        """Show a page."""
        cursors = [encode_cursor([row.starts_at.isoformat(), row.id]) for row in page.rows]
        edges = [
            AppointmentEdge(cursor=at, node=Appointment.of(row, now))
            for at, row in zip(cursors, page.rows, strict=True)
        ]
        return cls(edges=edges, page_info=PageInfo.of(page, cursors), total_count=page.total)
