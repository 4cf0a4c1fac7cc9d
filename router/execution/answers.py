"""Reading of a subgraph's HTTP answer as a GraphQL result."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import orjson

from router.errors import TransportError
from router.transport import SubgraphResponse


class Answer(NamedTuple):
    """A GraphQL result; a tuple, since one is made for each fetch."""

    data: dict[str, Any] | None
    errors: list[Any]


def read_answer(future: asyncio.Future[SubgraphResponse]) -> Answer:
    """Read what has arrived; raises `TransportError` where it is not GraphQL."""
    try:
        response = future.result()
    except asyncio.CancelledError:
        raise TransportError("the fetch was cancelled") from None
    try:
        payload = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        raise TransportError(f"answered status {response.status} without JSON") from None
    return read_payload(payload, response.status)


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
