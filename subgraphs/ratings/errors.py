"""The refusals of this subgraph; each code is one of the contract's RatingErrorCode.

Refusal
├── InvalidRating        INVALID_INPUT   stars or comment out of range
├── NotCompleted         NOT_COMPLETED   the appointment has not taken place
├── AlreadyRated         ALREADY_RATED   one rating for each appointment
└── NoSuchRatedThing     NOT_FOUND       no such appointment or rating, or a foreign one
"""

from shared.errors import Refusal


class InvalidRating(Refusal):
    """Stars or comment out of range; names the field."""

    code = "INVALID_INPUT"
    message = "The rating is not valid."


class NotCompleted(Refusal):
    """The appointment has not taken place."""

    code = "NOT_COMPLETED"
    message = "Only a completed appointment can be rated."


class AlreadyRated(Refusal):
    """One rating for each appointment."""

    code = "ALREADY_RATED"
    message = "This appointment is rated already."


class NoSuchRatedThing(Refusal):
    """No such appointment or rating, or a foreign one."""

    code = "NOT_FOUND"
    message = "There is no such object."
