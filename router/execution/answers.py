"""Reading of a subgraph's HTTP answer as a GraphQL result."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from router.errors import TransportError
from router.transport import Outcome, SubgraphResponse


class Answer(NamedTuple):
    """A GraphQL result; a tuple, since one is made for each fetch."""

    data: dict[str, Any] | None
    errors: list[Any]


def read_answer(outcome: Outcome) -> Answer:
    """Read what has arrived; raises `TransportError` where it is not GraphQL, or what the transport failed with."""
    if not isinstance(outcome, SubgraphResponse):
        raise outcome
    try:
        payload = orjson.loads(outcome.body)
    except orjson.JSONDecodeError:
        raise TransportError(f"answered status {outcome.status} without JSON") from None
    return read_payload(payload, outcome.status)


def read_payload(payload: Any, status: int = 200) -> Answer:
    """Check that `payload` is a GraphQL result, whatever the status it came with."""
    if payload.__class__ is not dict:
        raise TransportError(f"answered status {status} with JSON that is not GraphQL")
    data = payload.get("data")
    errors = payload.get("errors") or []
    if data.__class__ is not dict:
        if data is not None or not errors:
            raise TransportError(f"answered status {status} without data")
        data = None
    if errors.__class__ is not list:
        raise TransportError(f"answered status {status} with errors that are not a list")
    return Answer(data, errors)
