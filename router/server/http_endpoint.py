"""GraphQL over HTTP: POST and GET, JSON and streams, with the draft's status codes.

NOTE: A response without data is status 400 for `application/graphql-response+json` and 200 for `application/json`,
but for what is no GraphQL request at all (4xx for both) and for bad tokens (401 for both). GET never runs mutations.
What browsers may send from pages of other sites is said in origins.py.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

import orjson

from router.config import RouterConfig
from router.errors import BAD_REQUEST, RATE_LIMITED
from router.server.access_log import AccessLog, Outcome
from router.server.asgi import LATE, BodyTooLarge, ClientDisconnected, Receive, Scope, Send, read_body, respond
from router.server.callers import Caller, identify_caller, read_headers
from router.server.compression import gzip, takes_gzip
from router.server.graphiql import GraphiQL
from router.server.graphql_request import BadRequest, GraphQLRequest, parse_body, parse_query_string
from router.server.negotiation import CONTENT_TYPES, MediaType, accepted_types
from router.server.origins import Origins
from router.server.replies import REFUSED, Refusal, ReplyHeaders, refusal, refusal_of
from router.server.service import GraphQLService, Prepared
from router.server.streams import EVENT_STREAM, ResponseStream, StreamFormat, StreamTimes, single, stream_format
from router.server.tokens import Identity
from router.server.written_json import write_json

if TYPE_CHECKING:
    from router.server.spans import Tracing


@dataclass(slots=True)
class _Exchange:
    """One request on its way to its response."""

    scope: Scope
    receive: Receive
    send: Send
    caller: Caller
    media_types: tuple[MediaType, ...]
    outcome: Outcome

    @property
    def media_type(self) -> MediaType:
        """How a lone response is written."""
        chosen = (kind for kind in self.media_types if kind in {MediaType.JSON, MediaType.GRAPHQL_RESPONSE})
        return next(chosen, MediaType.JSON)

    @property
    def stream(self) -> StreamFormat | None:
        """How a stream is written, if the client takes one."""
        return next((form for kind in self.media_types if (form := stream_format(kind)) is not None), None)


class HttpEndpoint:
    """Answers HTTP requests at the GraphQL path."""

    def __init__(
        self,
        service: GraphQLService,
        config: RouterConfig,
        graphiql: GraphiQL,
        log: AccessLog,
        tracing: Tracing | None = None,
    ) -> None:
        self._service = service
        self._config = config
        self._graphiql = graphiql
        self._tracing = tracing
        self._origins = Origins(config)
        self._headers = ReplyHeaders(config)
        self._compressed_from = config.compression.minimum_bytes if config.compression.enabled else inf
        self._log = log
        # The streams of subscriptions, each with its client's address.
        self._streams: dict[ResponseStream, str] = {}
        self._dismissed = False

    def dismiss(self) -> None:
        """End the streams of subscriptions: the server goes."""
        self._dismissed = True
        for stream in self._streams:
            stream.dismiss()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = read_headers(scope["headers"])
        media_types = accepted_types(headers.get("accept", ""))
        caller = identify_caller(scope.get("client"), self._config, headers, self._tracing)
        outcome = Outcome(scope["method"], scope["path"], caller.context.correlation_id, caller.span)
        exchange = _Exchange(scope, receive, send, caller, media_types, outcome)
        started = self._log.start()
        try:
            await self._answer(exchange)
        except ClientDisconnected:
            outcome.status = 408 if LATE in scope else 499
        finally:
            self._log.finish(outcome, started)

    async def _answer(self, exchange: _Exchange) -> None:
        scope, caller = exchange.scope, exchange.caller
        if scope["method"] == "GET" and exchange.media_types[:1] == (MediaType.HTML,):
            if self._config.is_on("graphiql"):
                await self._graphiql.page(exchange.send)
                return
            exchange.media_types = exchange.media_types[1:] or (MediaType.JSON,)
        if scope["method"] == "OPTIONS" and (allowed := self._origins.preflight(caller.headers)) is not None:
            await respond(exchange.send, 204, None, b"", allowed)
            return
        if not exchange.media_types:
            await self._refuse(exchange, refusal(406, BAD_REQUEST, "No acceptable media type."))
            return
        await self._answer_graphql(exchange)

    async def _answer_graphql(self, exchange: _Exchange) -> None:
        caller = exchange.caller
        try:
            request = await self._read(exchange)
            identity = await self._service.identify(caller)
            prepared = self._service.prepare(request, caller, identity)
            exchange.outcome.describe(prepared.executable, prepared.name)
            self._check_method(exchange, prepared)
        except REFUSED as error:
            await self._refuse(exchange, refusal_of(error, self._config.limits.body_bytes))
        else:
            await self._run(exchange, prepared, identity)

    async def _read(self, exchange: _Exchange) -> GraphQLRequest:
        method, headers = exchange.scope["method"], exchange.caller.headers
        if method == "POST":
            length = headers.get("content-length", "")
            if length.isdigit() and int(length) > self._config.limits.body_bytes:
                raise BodyTooLarge
            body = await read_body(exchange.receive, self._config.limits.body_bytes)
            return parse_body(headers.get("content-type", ""), body)
        if method == "GET":
            self._origins.refuse_foreign(headers)
            return parse_query_string(exchange.scope["query_string"])
        raise BadRequest("The method must be GET or POST.", 405)

    def _check_method(self, exchange: _Exchange, prepared: Prepared) -> None:
        if exchange.scope["method"] == "GET" and not (
            prepared.executable.is_query or (prepared.executable.is_subscription and exchange.stream is not None)
        ):
            raise BadRequest("GET runs queries only.", 405)

    async def _run(self, exchange: _Exchange, prepared: Prepared, identity: Identity) -> None:
        if prepared.executable.is_subscription:
            await self._run_subscription(exchange, prepared, identity)
            return
        response = await self._service.execute(prepared, exchange.caller)
        exchange.outcome.take(response)
        lone_stream = exchange.stream if exchange.media_types[0] is MediaType.EVENT_STREAM else None
        if lone_stream is not None:
            await self._stream_one(exchange, lone_stream, response.payload())
            return
        await self._send_json(exchange, 200, write_json(response.payload()))

    async def _run_subscription(self, exchange: _Exchange, prepared: Prepared, identity: Identity) -> None:
        form, address = exchange.stream, exchange.caller.address
        if form is None:
            message = "Subscriptions need text/event-stream, multipart/mixed or a WebSocket."
            await self._refuse(exchange, refusal(406, BAD_REQUEST, message))
            return
        if sum(known == address for known in self._streams.values()) >= self._config.limits.streams_per_client:
            await self._refuse(exchange, refusal(429, RATE_LIMITED, "Too many streams."))
            return
        stream = self._make_stream(exchange, form, self._service.seconds_left(identity))
        self._streams[stream] = address
        if self._dismissed:
            stream.dismiss()
        try:
            await stream.run(self._payloads(exchange, prepared), self._headers.of_stream(exchange.caller))
        finally:
            del self._streams[stream]

    async def _payloads(self, exchange: _Exchange, prepared: Prepared) -> AsyncGenerator[dict[str, Any], None]:
        async with aclosing(self._service.subscribe(prepared, exchange.caller)) as events:
            async for response in events:
                exchange.outcome.take(response)
                yield response.payload()

    def _make_stream(self, exchange: _Exchange, form: StreamFormat, lifetime: float | None) -> ResponseStream:
        times = StreamTimes(self._config.subscriptions.heartbeat_seconds, lifetime)
        return ResponseStream(exchange.send, exchange.receive, form, times)

    async def _stream_one(self, exchange: _Exchange, form: StreamFormat, payload: dict[str, Any]) -> None:
        stream = self._make_stream(exchange, form, None)
        await stream.run(single(payload), self._headers.of_stream(exchange.caller))

    async def _refuse(self, exchange: _Exchange, refusal: Refusal) -> None:
        exchange.outcome.errors = [refusal.code]
        if refusal.status is None and exchange.media_types[0] is MediaType.EVENT_STREAM:
            await self._stream_one(exchange, EVENT_STREAM, refusal.payload)
            return
        status = refusal.status or (200 if exchange.media_type is MediaType.JSON else 400)
        await self._send_json(exchange, status, orjson.dumps(refusal.payload), refusal.headers)

    async def _send_json(
        self, exchange: _Exchange, status: int, body: bytes, extra: Mapping[str, str] | None = None
    ) -> None:
        exchange.outcome.status = status
        headers = self._headers.of_one(exchange.caller)
        headers += [(name.encode(), value.encode()) for name, value in (extra or {}).items()]
        if len(body) >= self._compressed_from and takes_gzip(exchange.caller.headers.get("accept-encoding", "")):
            body = await gzip(body)
            headers.append((b"content-encoding", b"gzip"))
        await respond(exchange.send, status, CONTENT_TYPES[exchange.media_type], body, headers)
