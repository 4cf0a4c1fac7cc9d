"""Which media type a client gets, by its Accept header.

NOTE: GraphQL over HTTP. `application/graphql-response+json` tells the outcome by status code; `application/json`, the
older way, answers 200 to every well-formed request. No Accept header, or `*/*`, means `application/json`.
Subscriptions go over `text/event-stream` (graphql-sse, distinct connections) or `multipart/mixed`.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache


class MediaType(Enum):
    """How a response is written."""

    JSON = "application/json"
    GRAPHQL_RESPONSE = "application/graphql-response+json"
    EVENT_STREAM = "text/event-stream"
    MULTIPART = "multipart/mixed"
    HTML = "text/html"


_ANY = {"*/*": MediaType.JSON, "application/*": MediaType.GRAPHQL_RESPONSE}
_EXACT = {media_type.value: media_type for media_type in MediaType}


@lru_cache(maxsize=256)
def accepted_types(accept: str) -> tuple[MediaType, ...]:
    """List the media types a client takes, best first."""
    if not accept.strip():
        return (MediaType.JSON,)
    weighted: list[tuple[float, int, MediaType]] = []
    for position, part in enumerate(accept.split(",")):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        media_type = _EXACT.get(name.lower()) or _ANY.get(name)
        weight = _weight(parameters)
        if media_type is not None and weight > 0:
            weighted.append((-weight, position, media_type))
    return tuple(dict.fromkeys(media_type for *_, media_type in sorted(weighted, key=lambda entry: entry[:2])))


JSON = b"application/json; charset=utf-8"
CONTENT_TYPES = {
    MediaType.JSON: JSON,
    MediaType.GRAPHQL_RESPONSE: b"application/graphql-response+json; charset=utf-8",
}


@lru_cache(maxsize=256)
def lone_type(accept: str) -> bytes | None:
    """Tell the content type of a client's answer; None where it likes something else best than one JSON."""
    best = next(iter(accepted_types(accept)), None)
    return None if best is None else CONTENT_TYPES.get(best)


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
