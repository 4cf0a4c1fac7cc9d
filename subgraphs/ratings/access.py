"""Who may: the rule of every field."""

from shared.graphql.access import PATIENT, PUBLIC, VISIBLE, Rules, permission, service

RULES: Rules = {
    "Mutation.rateAppointment": PATIENT,
    "Mutation.moderateRating": permission("ratings:moderate"),
    "Appointment.*": VISIBLE,
    "Doctor.*": PUBLIC,
    "Doctor.ratingSummary": service("ratings:read"),
    "RatingSummary.*": VISIBLE,
    "Rating.*": VISIBLE,
    "RatingEdge.*": VISIBLE,
    "RatingConnection.*": VISIBLE,
    "PageInfo.*": VISIBLE,
    "RatingError.*": VISIBLE,
    "RateAppointmentPayload.*": VISIBLE,
    "ModerateRatingPayload.*": VISIBLE,
}
