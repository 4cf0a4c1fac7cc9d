"""The queries."""

import strawberry

from shared.pagination import PageRequest
from subgraphs.doctors.documents import Speciality
from subgraphs.doctors.inputs import DoctorFilter
from subgraphs.doctors.loaders import Info
from subgraphs.doctors.repository import DoctorSort
from subgraphs.doctors.types import Doctor, DoctorConnection


@strawberry.type
class Query:
    @strawberry.field(description="A doctor; null for one that is missing or that the caller may not see.")
    async def doctor(self, info: Info, id: strawberry.ID) -> Doctor | None:
        return Doctor.found(info, await info.context.loaders.doctor.load(id))

    @strawberry.field(
        description="Public directory. Default: ACTIVE doctors, best rated first, 20 to a page. Those whose place "
        "changes while one turns the pages are neither skipped nor repeated."
    )
    async def doctors(
        self,
        info: Info,
        *,
        filter: DoctorFilter | None = None,
        sort: DoctorSort | None = DoctorSort.RATING_DESC,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> DoctorConnection | None:
        query, order = (filter or DoctorFilter()).read(), sort or DoctorSort.RATING_DESC
        directory = info.context.service.directory
        page = await directory.page(info.context.caller, query, order, PageRequest.of(first, after, last, before))
        return DoctorConnection.of(info, page, order, lambda: directory.count(query))

    @strawberry.field(description="Every speciality that a doctor may have.")
    def specialities(self) -> list[Speciality] | None:
        return list(Speciality)
