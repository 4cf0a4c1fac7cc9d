"""The refusals of this subgraph; each code is one of the contract's NotificationErrorCode.

Refusal
├── NotFailed            INVALID_STATE  only what failed is sent again
└── NoSuchNotification   NOT_FOUND      no such notification
"""

from shared.errors import Refusal


class NotFailed(Refusal):
    """Only what failed is sent again."""

    code = "INVALID_STATE"
    message = "Only a failed notification can be sent again."


class NoSuchNotification(Refusal):
    """No such notification."""

    code = "NOT_FOUND"
    message = "There is no such notification."
