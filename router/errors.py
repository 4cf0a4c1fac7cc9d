"""Every refusal of the router, in one tree.

    RouterError                 a code and a sentence
    ├── OperationError          the client's operation is at fault
    ├── PlanError               no plan exists for a valid operation
    ├── SupergraphError         a supergraph SDL that cannot be loaded
    ├── CompositionError        subgraphs that do not compose
    ├── ConfigError             a wrong setting
    └── TransportError          a subgraph could not be reached, or did not answer in GraphQL

A refusal carries a code for machines and a sentence for people; whoever catches it at the edge decides what is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphql import GraphQLError

INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"
SUBGRAPH_UNAVAILABLE = "SUBGRAPH_UNAVAILABLE"
UNAUTHENTICATED = "UNAUTHENTICATED"
BAD_USER_INPUT = "BAD_USER_INPUT"
GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
BAD_REQUEST = "BAD_REQUEST"
RATE_LIMITED = "RATE_LIMITED"
PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
PERSISTED_QUERY_NOT_ALLOWED = "PERSISTED_QUERY_NOT_ALLOWED"
UNAUTHORIZED_FIELD_OR_TYPE = "UNAUTHORIZED_FIELD_OR_TYPE"
SUBSCRIPTION_INTERRUPTED = "SUBSCRIPTION_INTERRUPTED"


class RouterError(Exception):
    """A refusal: `code` goes to `extensions.code`, `message` is a sentence that is safe to show."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class OperationError(RouterError):
    """The operation cannot be parsed, is not valid, or is over a limit; `errors` holds every fault."""

    def __init__(self, code: str, errors: Sequence[GraphQLError] | str) -> None:
        listed = [GraphQLError(errors)] if isinstance(errors, str) else list(errors)
        super().__init__(code, "; ".join(error.message for error in listed))
        self.errors = listed


class PlanError(RouterError):
    """No plan exists for a valid operation: the supergraph is not satisfiable there."""

    def __init__(self, message: str) -> None:
        super().__init__(INTERNAL_SERVER_ERROR, message)


class SupergraphError(RouterError):
    """The supergraph SDL cannot be loaded."""

    def __init__(self, message: str) -> None:
        super().__init__("INVALID_SUPERGRAPH", message)


@dataclass(frozen=True, slots=True)
class CompositionIssue:
    """One reason why subgraphs do not compose; `line` counts from 1 in that subgraph's SDL."""

    code: str
    message: str
    subgraph: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = "" if self.subgraph is None else f" ({self.subgraph}{'' if self.line is None else f':{self.line}'})"
        return f"{self.code}: {self.message}{place}"


class CompositionError(RouterError):
    """The subgraphs do not compose; `errors` lists every reason at once."""

    def __init__(self, errors: Sequence[CompositionIssue]) -> None:
        super().__init__("COMPOSITION_FAILED", "\n".join(str(issue) for issue in errors))
        self.errors = tuple(errors)


class ConfigError(RouterError):
    """A setting is unknown or wrong; the message is one line that names it."""

    def __init__(self, message: str) -> None:
        super().__init__("INVALID_CONFIG", message)


class TransportError(RouterError):
    """A subgraph could not be reached, was too slow, or did not answer with GraphQL."""

    def __init__(self, message: str) -> None:
        super().__init__(SUBGRAPH_UNAVAILABLE, message)
