"""The mutations."""

import strawberry

from shared.errors import Refusal
from subgraphs.ratings.inputs import ModerateRatingInput, RateAppointmentInput
from subgraphs.ratings.loaders import Info
from subgraphs.ratings.types import ModerateRatingPayload, RateAppointmentPayload, Rating, RatingError


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Rate a completed appointment of one's own, once.")
    async def rate_appointment(self, info: Info, input: RateAppointmentInput) -> RateAppointmentPayload | None:
        context = info.context
        try:
            rating = await context.service.rate(context.caller, input.appointment_id, input.stars, input.comment)
        except Refusal as refusal:
            return RateAppointmentPayload(user_errors=[RatingError.of(refusal)])
        return RateAppointmentPayload(rating=Rating.of(rating))

    @strawberry.mutation(description="Hide a rating, or show it again; the doctor's average follows.")
    async def moderate_rating(self, info: Info, input: ModerateRatingInput) -> ModerateRatingPayload | None:
        try:
            rating = await info.context.service.moderate(
                info.context.caller, input.rating_id, input.status, input.reason
            )
        except Refusal as refusal:
            return ModerateRatingPayload(user_errors=[RatingError.of(refusal)])
        return ModerateRatingPayload(rating=Rating.of(rating))
