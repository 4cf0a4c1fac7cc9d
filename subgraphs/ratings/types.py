"""What clients see of ratings."""

from datetime import datetime
from enum import Enum
from typing import Self

import strawberry

from shared.auth import Caller
from shared.errors import Refusal
from shared.graphql.values import PageInfo, UserError
from shared.pagination import Page, encode_cursor
from subgraphs.ratings.documents import RatingDocument, RatingStatus
from subgraphs.ratings.foreign import Appointment, Doctor
from subgraphs.ratings.loaders import Info

strawberry.enum(RatingStatus)


@strawberry.federation.type(keys=["id"])
class Rating:
    id: strawberry.ID
    stars: int
    comment: str | None
    appointment: Appointment | None
    doctor: Doctor | None
    author: str = strawberry.field(description="First name and initial only.")
    status: RatingStatus
    created_at: datetime

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        return cls.shown(await info.context.loaders.rating.load(id), info.context.caller)

    @classmethod
    def of(cls, rating: RatingDocument) -> Self:
        """Show a rating."""
        return cls(
            id=strawberry.ID(rating.id),
            stars=rating.stars,
            comment=rating.comment,
            appointment=Appointment(id=strawberry.ID(rating.appointment_id)),
            doctor=Doctor(id=strawberry.ID(rating.doctor_id)),
            author=rating.author,
            status=rating.status,
            created_at=rating.created_at,
        )

    @classmethod
    def shown(cls, rating: RatingDocument | None, caller: Caller) -> Self | None:
        """Show a rating to those who may see it: a hidden one to its patient and to moderators only."""
        if rating is None:
            return None
        hidden = rating.status is RatingStatus.HIDDEN
        if hidden and caller.user_id != rating.user_id and not caller.may("ratings:moderate"):
            return None
        return cls.of(rating)


@strawberry.type
class RatingEdge:
    cursor: str
    node: Rating


@strawberry.type
class RatingConnection:
    edges: list[RatingEdge]
    page_info: PageInfo
    total_count: int | None

    @classmethod
    def of(cls, page: Page[RatingDocument]) -> Self:
        """Show a page."""
        cursors = [encode_cursor([rating.created_at.isoformat(), rating.id]) for rating in page.rows]
        edges = [RatingEdge(cursor=at, node=Rating.of(row)) for at, row in zip(cursors, page.rows, strict=True)]
        return cls(edges=edges, page_info=PageInfo.of(page, cursors), total_count=page.total)


@strawberry.enum
class RatingErrorCode(Enum):
    INVALID_INPUT = "INVALID_INPUT"
    NOT_COMPLETED = "NOT_COMPLETED"
    ALREADY_RATED = "ALREADY_RATED"
    NOT_FOUND = "NOT_FOUND"


@strawberry.type
class RatingError(UserError):
    code: RatingErrorCode

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        """Show a refusal."""
        return cls(message=refusal.text, field=refusal.field, code=RatingErrorCode(refusal.code))


@strawberry.type
class RateAppointmentPayload:
    rating: Rating | None = None
    user_errors: list[RatingError] = strawberry.field(default_factory=list)


@strawberry.type
class ModerateRatingPayload:
    rating: Rating | None = None
    user_errors: list[RatingError] = strawberry.field(default_factory=list)
