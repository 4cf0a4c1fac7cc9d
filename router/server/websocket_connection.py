"""One WebSocket that speaks graphql-transport-ws: its messages, its operations, its timers.

NOTE: Close codes. 4400 a message that is not of the protocol; 4401 an operation before the connection is acknowledged;
4403 a bad token, and the end of a good one (clients then reconnect with a fresh one); 4408 no `connection_init` in
time; 4409 an id that is in use; 4429 a second `connection_init`; 1001 the server goes.
The token comes in `connection_init`'s payload, as `Authorization` in any spelling, else in the upgrade's header.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any

import orjson

from router.config import RouterConfig
from router.errors import BAD_REQUEST, QUERY_TOO_COMPLEX, TransportError
from router.execution import Response
from router.server.access_log import AccessLog, Outcome
from router.server.asgi import Receive, Send
from router.server.callers import Caller, make_caller
from router.server.graphql_request import BadRequest, parse_parameters
from router.server.rates import RateLimited
from router.server.service import GraphQLService, Prepared, Refused
from router.server.tokens import Identity, Unauthenticated
from router.server.written_json import write_json

if TYPE_CHECKING:
    from router.server.spans import Tracing


class _Closed(Exception):
    """The socket must close, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(eq=False, slots=True)
class Connection:
    """A client's socket; `leaving` begins nothing more."""

    service: GraphQLService
    config: RouterConfig
    log: AccessLog
    tracing: Tracing | None
    caller: Caller
    receive: Receive
    send: Send
    identity: Identity | None = None
    initialised: bool = False
    operations: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    finite: set[asyncio.Task[None]] = field(default_factory=set)
    leaving: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    closed: bool = False

    async def run(self) -> None:
        times = self.config.subscriptions
        timers = [
            asyncio.create_task(self._expect_init(times.init_seconds)),
            asyncio.create_task(self._beat(times.heartbeat_seconds)),
        ]
        try:
            while (message := await self.receive())["type"] == "websocket.receive":
                timers += await self._take(message)
            self.closed = True
        except _Closed as closed:
            await self.close(closed.code, closed.reason)
        finally:
            self.closed = True
            pending = [*timers, *self.operations.values()]
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)

    async def dismiss(self, seconds: float) -> None:
        """Begin nothing more, let queries and mutations finish, and close; clients ask again for the rest."""
        self.leaving = True
        await asyncio.sleep(0)  # What has begun a moment ago now knows whether it will end.
        if self.finite:
            await asyncio.wait(self.finite, timeout=seconds)
        await self.close(1001, "Going away")

    async def close(self, code: int, reason: str) -> None:
        if not self.closed:
            self.closed = True
            async with self.lock:
                await self.send({"type": "websocket.close", "code": code, "reason": reason})

    async def _say(self, message: Mapping[str, Any]) -> None:
        async with self.lock:
            if not self.closed:
                await self.send({"type": "websocket.send", "text": write_json(message).decode()})

    async def _expect_init(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if not self.initialised:
            await self.close(4408, "Connection initialisation timeout")

    async def _beat(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._say({"type": "ping"})

    async def _expire(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.close(4403, "The token has expired")

    async def _take(self, received: Mapping[str, Any]) -> list[asyncio.Task[None]]:
        """Act on a message; returns the timers it starts."""
        match _decode(received, self.config.limits.body_bytes):
            case {"type": "connection_init", **rest}:
                return await self._initialise(rest.get("payload"))
            case {"type": "ping"}:
                await self._say({"type": "pong"})
            case {"type": "pong"}:
                pass
            case {"type": "subscribe", "id": str(identifier), "payload": payload} if identifier:
                await self._subscribe(identifier, payload)
            case {"type": "complete", "id": str(identifier)}:
                task = self.operations.pop(identifier, None)
                if task is not None:
                    task.cancel()
            case _:
                raise _Closed(4400, "Invalid message")
        return []

    async def _initialise(self, payload: Any) -> list[asyncio.Task[None]]:
        if self.initialised:
            raise _Closed(4429, "Too many initialisation requests")
        if payload is not None and not isinstance(payload, dict):
            raise _Closed(4400, "Invalid connection_init payload")
        self.initialised = True
        self.caller = _with_payload(self.caller, payload or {}, self.config)
        try:
            identity = await self.service.identify(self.caller)
        except Unauthenticated as error:
            raise _Closed(4403, error.message) from error
        except TransportError as error:
            raise _Closed(1013, "Tokens cannot be verified at the moment") from error
        self.identity = identity
        await self._say({"type": "connection_ack"})
        lifetime = self.service.seconds_left(identity)
        return [] if lifetime is None else [asyncio.create_task(self._expire(lifetime))]

    async def _subscribe(self, identifier: str, payload: Any) -> None:
        if self.identity is None:
            raise _Closed(4401, "Unauthorized")
        if identifier in self.operations:
            raise _Closed(4409, f"Subscriber for {identifier} already exists")
        if len(self.operations) >= self.config.limits.subscriptions_per_websocket:
            error = {"message": "Too many operations on one connection.", "extensions": {"code": QUERY_TOO_COMPLEX}}
            await self._say({"type": "error", "id": identifier, "payload": [error]})
            return
        if not self.leaving:
            self.operations[identifier] = asyncio.create_task(self._operate(identifier, payload, self.identity))

    async def _operate(self, identifier: str, payload: Any, identity: Identity) -> None:
        log, service = self.log, self.service
        caller = _fresh(self.caller, self.config, self.tracing)
        outcome = Outcome("WS", self.config.path, caller.context.correlation_id, caller.span)
        started = log.start()
        try:
            try:
                prepared = service.prepare(parse_parameters(payload), caller, identity)
            except BadRequest as error:
                raise Refused([{"message": error.message, "extensions": {"code": BAD_REQUEST}}], BAD_REQUEST) from error
            except RateLimited as error:
                wait = {"code": error.code, "retryAfterSeconds": ceil(error.retry_after)}
                raise Refused([{"message": error.message, "extensions": wait}], error.code) from error
            outcome.describe(prepared.executable, prepared.name)
            await self._respond(identifier, prepared, caller, outcome)
            await self._finish(identifier, {"type": "complete", "id": identifier})
        except Refused as refused:
            outcome.errors = [refused.code]
            outcome.status = 400
            await self._finish(identifier, {"type": "error", "id": identifier, "payload": refused.errors})
        finally:
            log.finish(outcome, started)

    async def _respond(self, identifier: str, prepared: Prepared, caller: Caller, outcome: Outcome) -> None:
        service = self.service
        if not prepared.executable.is_subscription:
            task = asyncio.current_task()
            assert task is not None, "Every operation is a task."
            self.finite.add(task)
            task.add_done_callback(self.finite.discard)
            await self._next(identifier, await service.execute(prepared, caller), outcome)
            return
        async with aclosing(service.subscribe(prepared, caller)) as responses:
            async for response in responses:
                await self._next(identifier, response, outcome)

    async def _next(self, identifier: str, response: Response, outcome: Outcome) -> None:
        outcome.take(response)
        await self._say({"type": "next", "id": identifier, "payload": response.payload()})

    async def _finish(self, identifier: str, message: Mapping[str, Any]) -> None:
        """Say the last word on an operation, unless the client has said it already, and free its id."""
        if self.operations.get(identifier) is asyncio.current_task():
            del self.operations[identifier]
            await self._say(message)


def _decode(received: Mapping[str, Any], limit: int) -> Any:
    text = received.get("text")
    raw = received.get("bytes") if text is None else text
    if not raw or len(raw) > limit:
        raise _Closed(4400, "Invalid message")
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise _Closed(4400, "Invalid message") from None


def _with_payload(caller: Caller, payload: Mapping[str, Any], config: RouterConfig) -> Caller:
    """Take the headers that browsers can only send in `connection_init`; line breaks would forge others."""
    sent = {
        name.lower(): value
        for name, value in payload.items()
        if isinstance(value, str) and value.isascii() and value.isprintable()
    }
    taken = {name: sent[name] for name in ("authorization", *config.forward_headers) if name in sent}
    headers = {**caller.headers, **taken}
    return make_caller(headers, caller.address, headers.get("authorization"), config)


def _fresh(caller: Caller, config: RouterConfig, tracing: Tracing | None) -> Caller:
    """Give each operation a correlation id and a span of its own, in the connection's trace."""
    headers = {name: value for name, value in caller.headers.items() if name != "x-correlation-id"}
    return make_caller(headers, caller.address, caller.authorization, config, tracing)
