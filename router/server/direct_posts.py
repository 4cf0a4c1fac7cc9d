"""The short way of what nearly every request is: a POST of a query or mutation, answered by one JSON.

NOTE: It does what the endpoint does (`http_endpoint`, by the same parts), but from callback to callback: no coroutine,
no task, no ASGI messages, which together cost as much as all that a small query needs besides its fetches. A request
that needs more is not taken, before anything has been done for it, and goes the long way: one that must wait (for
the keys of its token), may be a subscription, wants a stream, or is no GraphQL request.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Protocol

import orjson

from router.config import RouterConfig
from router.execution import Response
from router.server.access_log import AccessLog, Outcome
from router.server.callers import Caller, Sender, begin_call, recognise
from router.server.compression import gzip, takes_gzip
from router.server.graphql_request import BadRequest, parse_body
from router.server.negotiation import JSON, lone_type
from router.server.replies import REFUSED, Refusal, ReplyHeaders, as_text, refusal_of
from router.server.service import GraphQLService
from router.server.written_json import write_json

if TYPE_CHECKING:
    from router.server.spans import Tracing

_LOG = logging.getLogger("router.server")


class Post(Protocol):
    """A whole request, to be answered once."""

    headers: Mapping[str, str]
    body: bytes
    client: tuple[str, int] | None
    sender: Sender | None
    """Whom the connection's last request came from; kept up to date by who answers."""

    def answer(self, status: int, lines: bytes, body: bytes) -> None:
        """Send status, lines of headers, and body."""
        ...


class DirectPosts:
    """Answers POSTs at the GraphQL path."""

    def __init__(
        self, service: GraphQLService, config: RouterConfig, log: AccessLog, tracing: Tracing | None = None
    ) -> None:
        self.config = config
        self.headers = ReplyHeaders(config)
        self.log = log
        self.compressed_from = config.compression.minimum_bytes if config.compression.enabled else inf
        self.compressing: set[asyncio.Task[bytes]] = set()
        self._service = service
        self._tracing = tracing

    def take(self, post: Post, ended: Callable[[], None]) -> DirectExchange | None:
        """Answer a request, now or later, and then call `ended`; or leave it alone, and say so by None."""
        headers = post.headers
        content_type = lone_type(headers.get("accept", ""))
        if content_type is None:
            return None
        sender = post.sender
        if sender is None or sender.headers is not headers:
            sender = post.sender = recognise(post.client, self.config, headers)
        identity = self._service.identify_at_once(sender.authorization)
        if identity is None:
            return None
        try:
            request = parse_body(headers.get("content-type", ""), post.body)
        except BadRequest:
            return None
        if request.query is None or "subscription" in request.query:
            return None
        caller = begin_call(sender, self._tracing)
        outcome = Outcome("POST", self.config.path, caller.context.correlation_id, caller.span)
        exchange = DirectExchange(self, post, caller, content_type, outcome=outcome, ended=ended)
        try:
            prepared = self._service.prepare(request, caller, identity)
        except REFUSED as error:
            exchange.refuse(refusal_of(error, self.config.limits.body_bytes))
            return exchange
        outcome.describe(prepared.executable, prepared.name)
        self._service.start(prepared, caller, exchange.done)
        return exchange


class DirectExchange:
    """One request on its way to its response."""

    __slots__ = ("caller", "content_type", "ended", "is_over", "outcome", "post", "posts", "started")

    def __init__(
        self,
        posts: DirectPosts,
        post: Post,
        caller: Caller,
        content_type: bytes,
        *,
        outcome: Outcome,
        ended: Callable[[], None],
    ) -> None:
        self.posts = posts
        self.post = post
        self.caller = caller
        self.content_type = content_type
        self.outcome = outcome
        self.started = posts.log.start()
        self.ended = ended
        self.is_over = False

    def abandon(self) -> None:
        """Do not answer: the server ends."""
        self.outcome.status = 503
        self._end()

    def done(self, response: Response) -> None:
        self.outcome.take(response)
        body = write_json(response.payload())
        if len(body) >= self.posts.compressed_from and takes_gzip(self.caller.headers.get("accept-encoding", "")):
            self._compress(body)
        else:
            self._send(200, body)

    def refuse(self, refusal: Refusal) -> None:
        self.outcome.errors = [refusal.code]
        status = refusal.status or (200 if self.content_type is JSON else 400)
        extra = [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
        self._send(status, orjson.dumps(refusal.payload), *extra)

    def _send(self, status: int, body: bytes, *extra: tuple[bytes, bytes]) -> None:
        if self.is_over:
            return
        self.outcome.status = status
        lines = b"content-type: %b\r\n%b" % (self.content_type, self.posts.headers.text_of_one(self.caller))
        if extra:
            lines += as_text(extra)
        self.post.answer(status, lines, body)
        self._end()

    def _end(self) -> None:
        self.is_over = True
        self.posts.log.finish(self.outcome, self.started)
        self.ended()

    def _compress(self, body: bytes) -> None:
        task = asyncio.create_task(gzip(body))
        self.posts.compressing.add(task)
        task.add_done_callback(partial(self._compressed, body))

    def _compressed(self, body: bytes, task: asyncio.Task[bytes]) -> None:
        self.posts.compressing.discard(task)
        if task.cancelled() or task.exception() is not None:
            _LOG.error("not compressed", exc_info=None if task.cancelled() else task.exception())
            self._send(200, body)
        else:
            self._send(200, task.result(), (b"content-encoding", b"gzip"))
