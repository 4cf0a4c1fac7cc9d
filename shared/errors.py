"""The error tree of the floor.

    BmcError
    ├── Refusal                 an expected "no" of the business: goes to `userErrors`, with a code of its enum
    └── RequestError            goes to the top-level `errors`, with `extensions.code`
        ├── Unauthenticated     nobody is signed in, or the token is bad
        ├── Forbidden           signed in, but not allowed
        ├── NotFound            missing, or foreign, which answers the same
        ├── BadUserInput        malformed input; names the field
        ├── RateLimited         too often
        └── SubgraphUnavailable another part did not answer

Anything else that is raised is a fault: it becomes INTERNAL_SERVER_ERROR with a correlation id and is logged once.
"""

from collections.abc import Sequence
from typing import ClassVar


class BmcError(Exception):
    """The root of every error that the platform raises on purpose."""


class Refusal(BmcError):
    """The business says no. Subclasses live in each subgraph's errors.py and are named by the refusal itself."""

    code: ClassVar[str]
    message: ClassVar[str]

    def __init__(self, message: str | None = None, *, field: Sequence[str] | None = None) -> None:
        self.text = message or self.message
        self.field = list(field) if field is not None else None
        super().__init__(self.text)


class RequestError(BmcError):
    """A request that cannot be answered; `code` is what clients read."""

    code: ClassVar[str]
    message: ClassVar[str]

    def __init__(self, message: str | None = None, *, field: Sequence[str] | None = None) -> None:
        self.text = message or self.message
        self.field = list(field) if field is not None else None
        super().__init__(self.text)


class Unauthenticated(RequestError):
    """Nobody is signed in, or the token is bad."""

    code = "UNAUTHENTICATED"
    message = "Sign in to do this."


class Forbidden(RequestError):
    """Signed in, but not allowed."""

    code = "FORBIDDEN"
    message = "You may not do this."


class NotFound(RequestError):
    """Missing, or foreign, which answers the same."""

    code = "NOT_FOUND"
    message = "There is no such object."


class BadUserInput(RequestError):
    """Malformed input; `field` is the path into the input."""

    code = "BAD_USER_INPUT"
    message = "The input is malformed."


class RateLimited(RequestError):
    """Too often."""

    code = "RATE_LIMITED"
    message = "Too many requests; try again later."


class SubgraphUnavailable(RequestError):
    """Another part of the platform did not answer."""

    code = "SUBGRAPH_UNAVAILABLE"
    message = "A part of the platform does not answer; try again."
