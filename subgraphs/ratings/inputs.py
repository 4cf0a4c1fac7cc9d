"""What clients send."""

import strawberry

from subgraphs.ratings.documents import RatingStatus


@strawberry.input
class RateAppointmentInput:
    appointment_id: strawberry.ID
    stars: int
    comment: str | None = None


@strawberry.input
class ModerateRatingInput:
    rating_id: strawberry.ID
    status: RatingStatus
    reason: str
