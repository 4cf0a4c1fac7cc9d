"""What the front door of the distributed system hands on to a subgraph: public keys and callbacks of providers.

Only paths that it names go through, the path and query kept; of headers, those that callbacks are signed by. A subgraph
that does not answer is a 502, so that whoever calls back tries again.
"""

import logging

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from shared.clients.transport import Http, HttpFailed

LARGEST_BODY = 262_144
TIMEOUT_SECONDS = 10.0
_NOT_FORWARDED = frozenset(
    # Those of the connection (RFC 9110, 7.6.1), what our client writes itself, and who somebody claims to be.
    {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-authorization"}
    | {"host", "content-length", "expect", "authorization", "cookie", "forwarded", "x-forwarded-for"}
)
_ANSWERED = ("content-type", "cache-control", "retry-after")

_logger = logging.getLogger(__name__)


class Forward:
    """An ASGI app that answers with what a subgraph answers."""

    def __init__(self, http: Http, base: str) -> None:
        self._http = http
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            body = await _read(request)
        except ClientDisconnect:
            return
        answer = PlainTextResponse("The body is too large.", 413) if body is None else await self._ask(request, body)
        await answer(scope, receive, send)

    async def _ask(self, request: Request, body: bytes) -> Response:
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        headers = {name: value for name, value in request.headers.items() if name not in _NOT_FORWARDED}
        try:
            answer = await self._http.request(
                request.method, f"{self._base}{path}", headers=headers, body=body, timeout=TIMEOUT_SECONDS
            )
        except HttpFailed:
            _logger.warning("a subgraph did not answer", extra={"path": request.url.path}, exc_info=True)
            return PlainTextResponse("Try again later.", 502)
        kept = {name: value for name, value in answer.headers.items() if name in _ANSWERED}
        return Response(answer.body, answer.status, kept)


async def _read(request: Request) -> bytes | None:
    """Read the body; None if it is larger than any callback."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)
