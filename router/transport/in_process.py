"""Subgraphs in the same process: a request is one call of an ASGI app, chosen by the host of its URL.

What is sent is what would go over the network (the same headers, the same JSON); only the network is missing. An app
called so gets no lifespan events, which are its host's business, and an empty `scope["state"]`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

from router.errors import TransportError
from router.transport.graphql_ws import PROTOCOL, Duplex, DuplexClosed, subscribe_over
from router.transport.messages import PlainRequest, SubgraphRequest, SubgraphResponse, Transport

_LOG = logging.getLogger("router.transport")
_Message: TypeAlias = MutableMapping[str, Any]
App: TypeAlias = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[_Message]], Callable[[_Message], Awaitable[None]]],
    Awaitable[None],
]
_JSON_HEADERS = (
    ("content-type", "application/json"),
    ("accept", "application/graphql-response+json, application/json"),
)


class InProcessTransport:
    """Sends to the app of a host (`appointments` or `appointments:4001`); other hosts go to `fallback`."""

    def __init__(
        self, apps: Mapping[str, App], fallback: Transport | None = None, max_response_bytes: int = 32 * 1_048_576
    ) -> None:
        self._apps = apps
        self._fallback = fallback
        self._max_response_bytes = max_response_bytes

    def send(self, request: SubgraphRequest) -> Awaitable[SubgraphResponse]:
        app = self._find(request.url)
        if app is None:
            return self._other(request.url).send(request)
        headers = (*_JSON_HEADERS, *request.headers)
        plain = PlainRequest("POST", request.url, headers, request.body, request.timeout)
        return self._call(app, plain)

    async def request(self, request: PlainRequest) -> SubgraphResponse:
        app = self._find(request.url)
        return await (self._other(request.url).request(request) if app is None else self._call(app, request))

    def subscribe(self, request: SubgraphRequest) -> AsyncIterator[dict[str, Any]]:
        app = self._find(request.url)
        if app is None:
            return self._other(request.url).subscribe(request)
        scope = _scope("websocket", request.url, request.headers)
        scope["subprotocols"] = [PROTOCOL]
        return subscribe_over(_InProcessWebSocket(app, scope), request)

    async def close(self) -> None:
        if self._fallback is not None:
            await self._fallback.close()

    def _find(self, url: str) -> App | None:
        parts = urlsplit(url)
        return self._apps.get(parts.netloc) or self._apps.get(parts.hostname or "")

    def _other(self, url: str) -> Transport:
        if self._fallback is None:
            raise TransportError(f"no app answers for {urlsplit(url).netloc}")
        return self._fallback

    async def _call(self, app: App, request: PlainRequest) -> SubgraphResponse:
        scope = _scope("http", request.url, (*request.headers, ("content-length", str(len(request.body)))))
        scope["method"] = request.method
        exchange = _HttpExchange(request.body, self._max_response_bytes)
        try:
            async with asyncio.timeout(request.timeout):
                await app(scope, exchange.receive, exchange.send)
        except TimeoutError:
            raise TransportError(f"did not answer within {request.timeout:g} s") from None
        except TransportError:
            raise
        except Exception as error:
            _LOG.exception("an app in this process crashed", extra={"host": urlsplit(request.url).netloc})
            raise TransportError("crashed") from error
        return exchange.response()


def _scope(kind: str, url: str, headers: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    parts = urlsplit(url)
    host = parts.netloc.encode("latin-1")
    return {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws" if kind == "websocket" else "http",
        "path": unquote(parts.path) or "/",
        "raw_path": (parts.path or "/").encode("latin-1"),
        "query_string": parts.query.encode("latin-1"),
        "root_path": "",
        "headers": [(b"host", host), *((n.encode("latin-1"), v.encode("latin-1")) for n, v in headers)],
        "client": ("127.0.0.1", 0),
        "server": (parts.hostname or "", parts.port or 80),
        "state": {},
        "extensions": {},
    }


class _HttpExchange:
    """One request and its response, between an app and the transport."""

    def __init__(self, body: bytes, max_response_bytes: int) -> None:
        self._body: bytes | None = body
        self._max = max_response_bytes
        self._status = 0
        self._headers: dict[str, str] = {}
        self._chunks: list[bytes] = []
        self._size = 0
        self._complete = asyncio.Event()

    async def receive(self) -> _Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._complete.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: _Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = {n.decode("latin-1").lower(): v.decode("latin-1") for n, v in message.get("headers", ())}
        elif message["type"] == "http.response.body":
            chunk = message.get("body", b"")
            self._size += len(chunk)
            if self._size > self._max:
                raise TransportError(f"answered more than {self._max} bytes")
            self._chunks.append(bytes(chunk))
            if not message.get("more_body"):
                self._complete.set()

    def response(self) -> SubgraphResponse:
        if not self._complete.is_set():
            raise TransportError("answered nothing")
        return SubgraphResponse(self._status, self._headers, b"".join(self._chunks))


class _InProcessWebSocket(Duplex):
    """A WebSocket between an app and the transport: two queues."""

    def __init__(self, app: App, scope: dict[str, Any]) -> None:
        self._to_app: asyncio.Queue[_Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[_Message] = asyncio.Queue(maxsize=64)
        self._app = app
        self._scope = scope
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self._to_app.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(self._run())
        message = await self._from_app.get()
        if message["type"] != "websocket.accept":
            raise DuplexClosed(message.get("code", 1006), message.get("reason") or "the WebSocket was refused")

    async def send(self, text: str) -> None:
        self._to_app.put_nowait({"type": "websocket.receive", "text": text})

    async def receive(self) -> str | bytes:
        message = await self._from_app.get()
        if message["type"] != "websocket.send":
            raise DuplexClosed(message.get("code", 1006), message.get("reason") or "")
        text: str | bytes | None = message.get("text")
        return bytes(message["bytes"]) if text is None else text

    async def close(self) -> None:
        if self._task is None:
            return
        self._to_app.put_nowait({"type": "websocket.disconnect", "code": 1000, "reason": ""})
        done, _ = await asyncio.wait({self._task}, timeout=1)
        if not done:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._to_app.get, self._from_app.put)
        except Exception:  # noqa: BLE001  Whatever crashed, the subscriber sees a closed socket.
            _LOG.exception("an app in this process crashed", extra={"host": self._scope["server"][0]})
        finally:
            await self._from_app.put({"type": "websocket.close", "code": 1006, "reason": "the app ended"})
