"""The router as an ASGI application: which path goes where, how it starts and how it ends."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from router.config import RouterConfig
from router.errors import ConfigError
from router.execution import Dispatcher, Endpoint, Executor, ExecutorOptions, PlansOperations
from router.execution.labels import LabelDraw
from router.planner import Planner
from router.server.access_log import AccessLog
from router.server.asgi import Message, Receive, Scope, Send, respond
from router.server.cost import CostEstimator
from router.server.direct_posts import DirectExchange, DirectPosts, Post
from router.server.grants import JudgePolicies
from router.server.graphiql import ASSETS, GraphiQL
from router.server.http_endpoint import HttpEndpoint
from router.server.limits import document_check
from router.server.probes import Probes
from router.server.rates import RateLimiter
from router.server.service import GraphQLService, Guards
from router.server.tokens import TokenVerifier
from router.server.tracing import tracing_from_environment
from router.server.websocket_endpoint import WebSocketEndpoint
from router.supergraph import Supergraph, load_supergraph
from router.transport import (
    CircuitBreaker,
    CompressingTransport,
    HttpSettings,
    HttpTransport,
    ResubscribingTransport,
    Transport,
)

if TYPE_CHECKING:
    from router.server.spans import Tracing

_LOG = logging.getLogger("router.server")


class RouterApp:
    """The ASGI application; its lifespan closes WebSockets, drains requests and closes the transport."""

    def __init__(
        self,
        supergraph: Supergraph,
        config: RouterConfig,
        transport: Transport,
        planner: PlansOperations,
        clock: Callable[[], float],
        *,
        judge: JudgePolicies | None,
        log: AccessLog | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        self.config = config
        self._transport = transport
        self.log = log or AccessLog(enabled=config.access_log)
        self.drain_seconds = config.drain_seconds
        guarded = _guarded(transport, config)
        told = guarded if tracing is None else tracing.transport(guarded)
        dispatcher = Dispatcher(told, _endpoints(supergraph, config), deduplicate=config.deduplicate)
        executor = Executor(supergraph, planner, dispatcher, _options(supergraph, config))
        rate, limits = config.limits.rate, config.limits
        guards = Guards(
            judge,
            RateLimiter(rate, clock) if rate is not None else None,
            CostEstimator(supergraph, limits.cost_list_size) if limits.cost is not None else None,
        )
        service = GraphQLService(executor, TokenVerifier(config.auth, transport, clock), config, guards)
        self._graphiql = GraphiQL(config.path)
        self._http = HttpEndpoint(service, config, self._graphiql, self.log, tracing)
        self._posts = DirectPosts(service, config, self.log, tracing)
        self._websocket = WebSocketEndpoint(service, config, self.log, tracing)
        self._probes = Probes(dispatcher, supergraph.subgraphs, self.log)
        self._running = 0
        self._idle = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "http":
            self._running += 1
            try:
                await self._route(scope, receive, _closing(send) if self._probes.draining else send)
            finally:
                self._end_request()
        elif kind == "websocket":
            if scope["path"] == self.config.path:
                await self._websocket(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1000})
        elif kind == "lifespan":
            await self._live(receive, send)

    def take(self, post: Post) -> DirectExchange | None:
        """Answer a request to the GraphQL path that came without ASGI; or leave it alone, and say so by None."""
        if self._probes.draining:
            return None
        self._running += 1
        exchange = self._posts.take(post, self._end_request)
        if exchange is None:
            self._end_request()
        return exchange

    def _end_request(self) -> None:
        self._running -= 1
        if not self._running:
            self._idle.set()

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path == self.config.path:
            await self._http(scope, receive, send)
        elif scope["method"] not in {"GET", "HEAD"}:
            await _not_found(send)
        elif path == "/health":
            await self._probes.health(send)
        elif path == "/ready":
            await self._probes.ready(send)
        elif path == "/metrics":
            await self._probes.metrics(send)
        elif path.startswith(ASSETS) and self.config.is_on("graphiql"):
            await self._graphiql.asset(path.removeprefix(ASSETS), send)
        else:
            await _not_found(send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def close(self) -> None:
        """End gracefully: send WebSockets away, let requests finish, close the transport."""
        await self.drain(self.drain_seconds)
        await self._transport.close()

    def announce_end(self) -> None:
        """Be no longer ready, and have every answer from now on close its connection."""
        self._probes.draining = True

    async def dismiss(self) -> None:
        """Send the clients of WebSockets and streams away, to come back elsewhere."""
        self._http.dismiss()
        await self._websocket.dismiss(self.drain_seconds)

    async def drain(self, seconds: float | None) -> None:
        """Send clients away and let requests finish, for so long at most."""
        self.announce_end()
        await self.dismiss()
        if self._running:
            self._idle.clear()
            try:
                await asyncio.wait_for(self._idle.wait(), seconds)
            except TimeoutError:
                _LOG.warning("requests cut off", extra={"running": self._running})


def create_app(
    supergraph_sdl: str,
    config: RouterConfig,
    transport: Transport,
    planner: PlansOperations | None = None,
    clock: Callable[[], float] = time.time,
    *,
    judge: JudgePolicies | None = None,
    log: AccessLog | None = None,
) -> RouterApp:
    """Make the application for a supergraph; raises `SupergraphError` and `ConfigError`.

    `clock` gives seconds since 1970; by it, keys age and connections end with their tokens.
    `judge` says which policies a caller meets, instead of the settings. `log` goes on counting for another application.
    Where the environment names a collector, spans go to the process's tracer provider of that moment.
    """
    supergraph = load_supergraph(supergraph_sdl)
    unknown = sorted(set(config.subgraphs) - set(supergraph.subgraphs))
    if unknown:
        raise ConfigError(f"wrong setting subgraphs: the supergraph has no {', '.join(unknown)}")
    unknown = sorted(set(config.labels) - supergraph.labels)
    if unknown:
        raise ConfigError(f"wrong setting labels: the supergraph has no {', '.join(unknown)}")
    planner = planner or Planner(supergraph)
    tracing = tracing_from_environment()
    return RouterApp(supergraph, config, transport, planner, clock, judge=judge, log=log, tracing=tracing)


def _guarded(transport: Transport, config: RouterConfig) -> Transport:
    times, breaker = config.subscriptions, config.breaker
    both = [name for name, own in config.subgraphs.items() if own.compression == "both"]
    answers = [*both, *(name for name, own in config.subgraphs.items() if own.compression == "answers")]
    if answers:
        most = config.limits.subgraph_response_bytes
        transport = CompressingTransport(transport, answers=answers, requests=both, max_response_bytes=most)
    lasting = ResubscribingTransport(transport, times.reconnect_attempts, times.reconnect_seconds)
    return CircuitBreaker(lasting, breaker.failures, breaker.pause_seconds, time.monotonic)


def network_transport(config: RouterConfig) -> HttpTransport:
    """Make the transport for subgraphs that are reached over the network."""
    by_events = [name for name, own in config.subgraphs.items() if own.subscription_protocol == "sse"]
    limits = config.limits
    settings = HttpSettings(config.connections_per_subgraph, limits.subgraph_response_bytes, frozenset(by_events))
    return HttpTransport(settings)


def _endpoints(supergraph: Supergraph, config: RouterConfig) -> Mapping[str, Endpoint]:
    proof = ((config.proof_header, config.proof_secret),) if config.proof_secret else ()
    endpoints: dict[str, Endpoint] = {}
    for name, subgraph in supergraph.subgraphs.items():
        own = config.subgraphs.get(name)
        url = (own.url if own else None) or subgraph.url
        timeout = (own.timeout_seconds if own else None) or config.timeout_seconds
        endpoints[name] = Endpoint(url, timeout, proof)
    return endpoints


def _options(supergraph: Supergraph, config: RouterConfig) -> ExecutorOptions:
    labels = supergraph.labels
    return ExecutorOptions(
        check=document_check(config.limits, introspection=config.is_on("introspection")),
        max_tokens=config.limits.tokens,
        hide_suggestions=not config.is_on("suggestions"),
        cached_operations=config.cached_operations,
        refuse_unauthorised=config.authorization.unauthorized == "refuse",
        draw_labels=LabelDraw(labels, config.labels, random.random) if labels else None,
    )


def _closing(send: Send) -> Send:
    async def send_last(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await send(message)

    return send_last


async def _not_found(send: Send) -> None:
    await respond(send, 404, b"text/plain; charset=utf-8", b"Not found.")
