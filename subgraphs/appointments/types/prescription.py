"""A prescription. Its content is for its patient and its doctor alone, and every opening of it is on record."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from shared.auth import Caller
from shared.errors import NotFound
from shared.graphql.values import PageInfo
from shared.pagination import Page, encode_cursor
from subgraphs.appointments import documents
from subgraphs.appointments.documents import PrescriptionDocument
from subgraphs.appointments.foreign import Doctor, User
from subgraphs.appointments.loaders import Info

if TYPE_CHECKING:
    from subgraphs.appointments.types.appointment import Appointment

READ = "prescriptions:read"


@strawberry.type
class Medicine:
    name: str
    type: str
    dosage: str
    frequency: str
    duration_days: int
    remarks: str | None

    @classmethod
    def of(cls, medicine: documents.Medicine) -> Self:
        """Show a medicine."""
        return cls(**medicine.model_dump())


@strawberry.federation.type(keys=["id"])
class Prescription:
    document: strawberry.Private[PrescriptionDocument]
    id: strawberry.ID
    doctor: Doctor | None
    user: User | None
    version: int
    issued_at: datetime

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        return await cls.find(info, id)

    @classmethod
    async def find(cls, info: Info, prescription_id: str) -> Self | None:
        """Show a prescription to those who may see it."""
        return cls.shown(await info.context.loaders.prescription.load(prescription_id), info.context.caller)

    @classmethod
    def shown(cls, document: PrescriptionDocument | None, caller: Caller) -> Self | None:
        """Show that there is a prescription to its patient and doctor, and to services; its content has rules more."""
        if document is None:
            return None
        reader = caller.is_service and caller.may(READ)
        return cls.of(document) if reader or concerns(caller, document) else None

    @classmethod
    def of(cls, document: PrescriptionDocument) -> Self:
        """Show a document."""
        return cls(
            document=document,
            id=strawberry.ID(document.id),
            doctor=Doctor(id=strawberry.ID(document.doctor_id)),
            user=None if document.user_left else User(id=strawberry.ID(document.user_id)),
            version=document.version,
            issued_at=document.issued_at,
        )

    @strawberry.field
    async def appointment(
        self, info: Info
    ) -> Annotated["Appointment", strawberry.lazy("subgraphs.appointments.types.appointment")]:
        from subgraphs.appointments.types.appointment import Appointment

        found = await Appointment.find(info, self.document.appointment_id)
        if found is None:
            raise NotFound
        return found

    @strawberry.field
    async def diagnosis(self, info: Info) -> str:
        return (await self._opened(info)).diagnosis

    @strawberry.field
    async def medicines(self, info: Info) -> list[Medicine]:
        return [Medicine.of(medicine) for medicine in (await self._opened(info)).medicines]

    @strawberry.field
    async def advice(self, info: Info) -> str | None:
        return (await self._opened(info)).advice

    @strawberry.field(description="Short-lived signed address of the PDF.")
    async def pdf_url(self, info: Info) -> str | None:
        return await info.context.service.prescribing.address(await self._opened(info))

    async def _opened(self, info: Info) -> PrescriptionDocument:
        """Answer the content, once its reading is on record."""
        await info.context.loaders.opened_prescription.load(self.document)
        return self.document


def concerns(caller: Caller, document: PrescriptionDocument) -> bool:
    """Tell whether the caller is the prescription's patient or doctor."""
    return caller.signed_in and (document.user_id == caller.user_id or document.doctor_id == caller.doctor_id)


@strawberry.type
class PrescriptionEdge:
    cursor: str
    node: Prescription


@strawberry.type
class PrescriptionConnection:
    edges: list[PrescriptionEdge]
    page_info: PageInfo

    @classmethod
    def of(cls, page: Page[PrescriptionDocument]) -> Self:
        """Show a page."""
        cursors = [encode_cursor([row.issued_at.isoformat(), row.id]) for row in page.rows]
        edges = [
            PrescriptionEdge(cursor=at, node=Prescription.of(row)) for at, row in zip(cursors, page.rows, strict=True)
        ]
        return cls(edges=edges, page_info=PageInfo.of(page, cursors))
