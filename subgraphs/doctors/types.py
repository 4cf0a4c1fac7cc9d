"""What clients see of doctors."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Self

import strawberry

from shared.graphql.documents import Document, ProfileError
from shared.graphql.values import MoneyType, PageInfo
from shared.pagination import Page, encode_cursor
from subgraphs.doctors.documents import DoctorDocument, DoctorStatus, Speciality
from subgraphs.doctors.loaders import Info
from subgraphs.doctors.repository import DoctorSort, Placed

strawberry.enum(DoctorStatus)
strawberry.enum(Speciality)
PRIVATE = {"email", "phone", "date_of_birth", "address", "location"}


@strawberry.federation.type(keys=["id"])
class Doctor:
    id: strawberry.ID
    first_name: str
    last_name: str
    status: DoctorStatus
    speciality: Speciality
    qualifications: list[str]
    years_of_experience: int
    languages: list[str]
    bio: str | None
    consultation_fee: MoneyType
    time_zone: str
    city: str | None
    average_rating: float | None
    rating_count: int
    registration_number: str | None = strawberry.field(description="The medical council's registration.")
    review_comments: str | None = strawberry.field(description="The reviewer's last comment.")
    created_at: datetime
    account_id: strawberry.ID = strawberry.federation.field(inaccessible=True, description="For services.")
    email: str = strawberry.federation.field(inaccessible=True, description="For services.")
    version: int = strawberry.federation.field(inaccessible=True, description="Counts the changes of the profile.")
    opened: strawberry.Private[bool]
    kept: strawberry.Private[DoctorDocument]

    @strawberry.federation.field(
        inaccessible=True, description="What nobody else is shown of the doctor, as JSON; for exports."
    )
    def private_details(self) -> str:
        # Written only where it is asked for, and not for every doctor of a page.
        written: str = self.kept.model_dump_json(include=PRIVATE)
        return written

    @strawberry.field(description="What the doctor sent for review, oldest first.")
    async def documents(self, info: Info) -> list[Document] | None:
        records = await info.context.loaders.documents.load(self.id)
        return [Document.of(record, info.context.service.archive) for record in records]

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        # Whoever was given the id, with an appointment or a rating, sees whom it names, whatever became of them.
        doctor = await info.context.loaders.doctor.load(id)
        return cls.of(info, doctor) if doctor is not None else None

    @classmethod
    def found(cls, info: Info, doctor: DoctorDocument | None) -> Self | None:
        """Show a doctor whom the caller looked for, if the business lets them be found."""
        if doctor is None or not info.context.service.directory.sees(info.context.caller, doctor):
            return None
        return cls.of(info, doctor)

    @classmethod
    def of(cls, info: Info, doctor: DoctorDocument, *, opened: bool | None = None) -> Self:
        """Show a doctor; `opened` tells that the caller is the doctor, where the token does not say so yet."""
        assert doctor.account_id is not None, "a registration under way is shown to nobody"
        if opened is None:
            opened = info.context.service.directory.opens(info.context.caller, doctor.id)
        return cls(
            id=strawberry.ID(doctor.id),
            first_name=doctor.first_name,
            last_name=doctor.last_name,
            status=doctor.status,
            speciality=doctor.speciality,
            qualifications=doctor.qualifications,
            years_of_experience=doctor.years_of_experience,
            languages=doctor.languages,
            bio=doctor.bio,
            consultation_fee=MoneyType(amount=Decimal(doctor.fee_amount), currency=doctor.fee_currency),
            time_zone=doctor.time_zone,
            city=doctor.address.city,
            average_rating=doctor.average,
            rating_count=doctor.rating_count,
            registration_number=doctor.registration_number,
            review_comments=doctor.reviews[-1].comment if doctor.reviews else None,
            created_at=doctor.created_at,
            account_id=strawberry.ID(doctor.account_id),
            email=doctor.email,
            version=doctor.version,
            opened=opened,
            kept=doctor,
        )


@strawberry.type
class DoctorEdge:
    cursor: str
    node: Doctor


@strawberry.type
class DoctorConnection:
    edges: list[DoctorEdge]
    page_info: PageInfo
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field
    async def total_count(self) -> int | None:
        return await self.count()

    @classmethod
    def of(cls, info: Info, page: Page[Placed], sort: DoctorSort, count: Callable[[], Awaitable[int]]) -> Self:
        """Show a page; the list is counted only if somebody asks."""
        cursors = [encode_cursor(row.cursor_key(sort)) for row in page.rows]
        nodes = [Doctor.of(info, row.doctor) for row in page.rows]
        edges = [DoctorEdge(cursor=cursor, node=node) for cursor, node in zip(cursors, nodes, strict=True)]
        return cls(edges=edges, page_info=PageInfo.of(page, cursors), count=count)


@strawberry.type
class RegisterDoctorPayload:
    doctor: Doctor | None = None
    user_errors: list[ProfileError] = strawberry.field(default_factory=list)


@strawberry.type
class UpdateDoctorPayload:
    doctor: Doctor | None = None
    user_errors: list[ProfileError] = strawberry.field(default_factory=list)


@strawberry.type
class ReviewDoctorPayload:
    doctor: Doctor | None = None
    user_errors: list[ProfileError] = strawberry.field(default_factory=list)
