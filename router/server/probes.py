"""Whether the router lives and its subgraphs answer, and its metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import orjson

from router.errors import TransportError
from router.execution import Dispatcher, RequestContext
from router.execution.answers import read_answer
from router.server.access_log import AccessLog
from router.server.asgi import Send, respond

_JSON = b"application/json; charset=utf-8"
_PING = b'{"query":"{__typename}"}'


class Probes:
    """`/health`, `/ready` and `/metrics`."""

    def __init__(self, dispatcher: Dispatcher, subgraphs: Iterable[str], log: AccessLog) -> None:
        self._dispatcher = dispatcher
        self._subgraphs = tuple(subgraphs)
        self._log = log
        self.draining = False

    async def health(self, send: Send) -> None:
        await respond(send, 200, _JSON, b'{"status":"up"}')

    async def ready(self, send: Send) -> None:
        """Answer 200 when every subgraph answers a query, else 503; names each with its state."""
        states = await asyncio.gather(*(self._ask(name) for name in self._subgraphs))
        is_ready = all(states) and not self.draining
        body = {
            "status": "ready" if is_ready else "draining" if self.draining else "not ready",
            "subgraphs": {name: "up" if up else "down" for name, up in zip(self._subgraphs, states, strict=True)},
        }
        await respond(send, 200 if is_ready else 503, _JSON, orjson.dumps(body))

    async def metrics(self, send: Send) -> None:
        await respond(send, 200, b"text/plain; version=0.0.4; charset=utf-8", self._log.metrics())

    async def _ask(self, subgraph: str) -> bool:
        try:
            response = await self._dispatcher(subgraph, _PING, RequestContext(), retryable=True)
            return read_answer(response)[0] is not None
        except TransportError:
            return False
