"""Entities of other subgraphs that this one adds fields to."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from shared.pagination import PageRequest
from subgraphs.ratings.loaders import Info

if TYPE_CHECKING:
    from subgraphs.ratings.types import Rating, RatingConnection


@strawberry.federation.type(keys=["id"])
class Appointment:
    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "Appointment":
        return cls(id=id)

    @strawberry.field(description="The patient's rating of this appointment.")
    async def rating(self, info: Info) -> Annotated["Rating", strawberry.lazy(".types")] | None:
        from subgraphs.ratings.types import Rating

        return Rating.shown(await info.context.loaders.of_appointment.load(self.id), info.context.caller)


@strawberry.type(description="For services: a doctor's published ratings, counted; `version` grows at each change.")
class RatingSummary:
    count: int
    total_stars: int
    version: int


@strawberry.federation.type(keys=["id"])
class Doctor:
    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "Doctor":
        return cls(id=id)

    @strawberry.field(description="Published ratings, newest first.")
    async def ratings(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Annotated["RatingConnection", strawberry.lazy(".types")] | None:
        from subgraphs.ratings.types import RatingConnection

        request = PageRequest.of(first, after, last, before)
        return RatingConnection.of(await info.context.loaders.page_of_doctor(request).load(self.id))

    @strawberry.federation.field(inaccessible=True, description="For the rating worker.")
    async def rating_summary(self, info: Info) -> RatingSummary:
        row = await info.context.loaders.aggregate.load(self.id)
        return RatingSummary(count=row.ratings, total_stars=row.total_stars, version=row.version)
