"""What answers have in common whichever way they are sent: their headers, and how a request is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any, TypeAlias

from router.config import RouterConfig
from router.errors import BAD_REQUEST, UNAUTHENTICATED, TransportError
from router.server.asgi import BodyTooLarge
from router.server.callers import Caller
from router.server.graphql_request import BadRequest
from router.server.origins import ForeignOrigin, Origins
from router.server.rates import RateLimited
from router.server.service import Refused
from router.server.tokens import Unauthenticated

REFUSED = (BadRequest, BodyTooLarge, ForeignOrigin, RateLimited, Refused, TransportError, Unauthenticated)
"""What reading, identifying and preparing raise."""
_HEADERS: Mapping[int, Mapping[str, str]] = {401: {"www-authenticate": "Bearer"}, 405: {"allow": "GET, POST"}}
_STATIC = ((b"vary", b"accept, accept-encoding, authorization, origin"), (b"x-content-type-options", b"nosniff"))
Lines: TypeAlias = list[tuple[bytes, bytes]]


class ReplyHeaders:
    """What every answer says of itself, besides its content type and length."""

    def __init__(self, config: RouterConfig) -> None:
        self._origins = Origins(config)
        cache_control = config.cache_control
        self._cache_control = [] if cache_control is None else [(b"cache-control", cache_control.encode())]
        self._constant = as_text([*_STATIC, *self._cache_control])

    def of_stream(self, caller: Caller) -> Lines:
        lines = [(b"x-correlation-id", caller.context.correlation_id.encode()), *_STATIC]
        return lines + self._origins.headers(caller.headers) if "origin" in caller.headers else lines

    def of_one(self, caller: Caller) -> Lines:
        """Name the headers of a lone answer."""
        return self.of_stream(caller) + self._cache_control

    def text_of_one(self, caller: Caller) -> bytes:
        """Write the headers of a lone answer as they go over the wire."""
        text = b"x-correlation-id: %b\r\n%b" % (caller.context.correlation_id.encode(), self._constant)
        return text + as_text(self._origins.headers(caller.headers)) if "origin" in caller.headers else text


def as_text(lines: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%b: %b\r\n" % line for line in lines])


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a client is told that is refused; without a `status`, the media type decides it."""

    status: int | None
    code: str
    payload: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Refusal:
    payload = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return Refusal(status, code, payload, headers or _HEADERS.get(status, {}))


def refusal_of(error: Exception, body_bytes: int) -> Refusal:
    """Tell one of `REFUSED`; `body_bytes` is the limit of bodies."""
    match error:
        case Refused():
            return Refusal(None, error.code, error.payload())
        case RateLimited():
            return refusal(error.status, error.code, error.message, {"retry-after": str(ceil(error.retry_after))})
        case BadRequest() | ForeignOrigin():
            return refusal(error.status, error.code, error.message)
        case BodyTooLarge():
            return refusal(413, BAD_REQUEST, f"The body is over the limit of {body_bytes} bytes.")
        case Unauthenticated():
            return refusal(401, UNAUTHENTICATED, error.message)
        case TransportError():
            return refusal(503, error.code, "Tokens cannot be verified at the moment.")
        case _:
            raise AssertionError("Only what is listed refuses.") from error
