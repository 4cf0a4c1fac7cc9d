"""Reading of a subgraph's HTTP answer as a GraphQL result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import orjson

from router.errors import TransportError
from router.transport import Outcome, SubgraphResponse

# A GraphQL result: its data and its errors.
Answer: TypeAlias = tuple[dict[str, Any] | None, Sequence[Any]]


def read_answer(outcome: Outcome) -> Answer:
    """Read what has arrived; raises `TransportError` where it is not GraphQL, or what the transport failed with."""
    if not isinstance(outcome, SubgraphResponse):
        raise outcome
    try:
        payload = orjson.loads(outcome.body)
    except orjson.JSONDecodeError:
        raise TransportError(f"answered status {outcome.status} without JSON") from None
    if payload.__class__ is dict and "errors" not in payload:
        data = payload.get("data")
        if data.__class__ is dict:
            return data, ()
    return read_payload(payload, outcome.status)


def read_payload(payload: Any, status: int = 200) -> Answer:
    """Check that `payload` is a GraphQL result, whatever the status it came with."""
    if payload.__class__ is not dict:
        raise TransportError(f"answered status {status} with JSON that is not GraphQL")
    data = payload.get("data")
    errors = payload.get("errors") or ()
    if data.__class__ is not dict:
        if data is not None or not errors:
            raise TransportError(f"answered status {status} without data")
        data = None
    if errors and errors.__class__ is not list:
        raise TransportError(f"answered status {status} with errors that are not a list")
    return data, errors
