"""Clients for an ASGI app in this process: plain HTTP exchanges, streams that are left early, and WebSockets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import orjson

from router.server import ASGIApp, RouterApp

from .wire import Connection, message


@dataclass
class Answer:
    """What the app sent."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


class _Way:
    """Whether `exchange` goes by the bytes of a connection instead of by ASGI."""

    by_wire = False


_WAY = _Way()


def go_by_wire(*, by_wire: bool) -> None:
    _WAY.by_wire = by_wire


def _scope(kind: str, path: str, query: str, headers: Mapping[str, str]) -> dict[str, Any]:
    return {
        "type": kind,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.7", 5000),
    }


async def exchange(
    app: ASGIApp,
    method: str,
    path: str,
    *,
    query: str = "",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    leave_after: bytes | None = None,
    into: Answer | None = None,
) -> Answer:
    """Send a request; with `leave_after`, disconnect once the body holds those bytes. `into` shows it as it comes."""
    if _WAY.by_wire and leave_after is None and into is None and isinstance(app, RouterApp):
        return await _exchange_by_wire(app, method, f"{path}?{query}" if query else path, headers or {}, body)
    answer = into or Answer()
    leaving = asyncio.Event()
    pending = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if pending:
            return pending.pop()
        await leaving.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        answer.body += message.get("body", b"")
        if not message.get("more_body"):
            answer.complete.set()
        if leave_after is not None and leave_after in answer.body:
            leaving.set()

    scope = {**_scope("http", path, query, headers or {}), "method": method}
    await app(scope, receive, send)
    return answer


async def _exchange_by_wire(
    app: RouterApp, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    connection = Connection(app, app.config)
    connection.send(message(method, target, headers, body))
    response = await connection.response()
    connection.leave()
    return Answer(response.status, response.headers, response.body)


async def post(app: ASGIApp, query: Any, headers: Mapping[str, str] | None = None, **parameters: Any) -> Answer:
    """POST a GraphQL request."""
    sent = {"content-type": "application/json", **(headers or {})}
    return await exchange(app, "POST", "/graphql", headers=sent, body=orjson.dumps({"query": query, **parameters}))


class WebSocketClient:
    """One WebSocket to an app; use as an async context manager."""

    def __init__(
        self, app: ASGIApp, headers: Mapping[str, str] | None = None, subprotocol: str = "graphql-transport-ws"
    ) -> None:
        self._app = app
        self._scope = {**_scope("websocket", "/graphql", "", headers or {}), "subprotocols": [subprotocol]}
        self._to_app: asyncio.Queue[Any] = asyncio.Queue()
        self._from_app: asyncio.Queue[Any] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._to_app.put_nowait({"type": "websocket.connect"})
        coroutine: Any = self._app(self._scope, self._to_app.get, self._from_app.put)
        self._task = asyncio.create_task(coroutine)
        assert (await self._from_app.get())["type"] == "websocket.accept"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._to_app.put_nowait({"type": "websocket.disconnect", "code": 1000})
        if self._task is not None:
            await self._task

    def say(self, message: Any) -> None:
        text = message if isinstance(message, str) else orjson.dumps(message).decode()
        self._to_app.put_nowait({"type": "websocket.receive", "text": text})

    async def hear(self) -> Any:
        """Wait for the next message; a close is told as `{"closed": code}`."""
        message = await self._from_app.get()
        if message["type"] == "websocket.close":
            return {"closed": message["code"]}
        return orjson.loads(message["text"])

    async def initialise(self, payload: Any = None) -> Any:
        self.say({"type": "connection_init", **({"payload": payload} if payload is not None else {})})
        return await self.hear()

    def subscribe(self, identifier: str, query: str, **parameters: Any) -> None:
        self.say({"type": "subscribe", "id": identifier, "payload": {"query": query, **parameters}})
