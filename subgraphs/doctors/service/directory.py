"""The public directory, and who sees a doctor outside of it."""

from shared.auth import Caller
from shared.errors import Forbidden, Unauthenticated
from shared.pagination import Page, PageRequest
from subgraphs.doctors.documents import DoctorDocument, DoctorStatus
from subgraphs.doctors.repository import DirectoryPages, DirectoryQuery, DoctorSort, Placed


class DirectoryService:
    """Lists doctors."""

    def __init__(self, pages: DirectoryPages) -> None:
        self._pages = pages

    async def page(self, caller: Caller, query: DirectoryQuery, sort: DoctorSort, request: PageRequest) -> Page[Placed]:
        """Answer a page; of doctors who are not ACTIVE only to reviewers."""
        if query.status is not DoctorStatus.ACTIVE and not caller.may("doctors:review"):
            raise Forbidden("Only reviewers list doctors who are not ACTIVE.") if caller.signed_in else Unauthenticated
        return await self._pages.page(query, sort, request)

    async def count(self, query: DirectoryQuery) -> int:
        """Answer how many doctors a list holds that its caller was given a page of."""
        return await self._pages.count(query)

    def opens(self, caller: Caller, doctor_id: str) -> bool:
        """Tell whether a caller sees what is between a doctor and the reviewers."""
        return caller.doctor_id == doctor_id or caller.may("doctors:review")

    def sees(self, caller: Caller, doctor: DoctorDocument) -> bool:
        """Tell whether a caller finds a doctor by their id."""
        return doctor.status is DoctorStatus.ACTIVE or caller.is_service or self.opens(caller, doctor.id)
