"""GraphQL over WebSocket: the sub-protocol graphql-transport-ws, for all kinds of operations.

NOTE: Who may open one: no page of another site, and no more than so many from one address (4429); another sub-protocol
is closed with 4406. The rest is the connection's (websocket_connection.py).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from router.config import RouterConfig
from router.server.access_log import AccessLog
from router.server.asgi import Receive, Scope, Send
from router.server.callers import identify_caller, read_headers
from router.server.origins import ForeignOrigin, Origins
from router.server.service import GraphQLService
from router.server.websocket_connection import Connection

if TYPE_CHECKING:
    from router.server.spans import Tracing

PROTOCOL = "graphql-transport-ws"


class WebSocketEndpoint:
    """Accepts WebSockets at the GraphQL path."""

    def __init__(
        self, service: GraphQLService, config: RouterConfig, log: AccessLog, tracing: Tracing | None = None
    ) -> None:
        self._service = service
        self._config = config
        self._log = log
        self._tracing = tracing
        self._origins = Origins(config)
        self._open: Counter[str] = Counter()
        self._connections: set[Connection] = set()
        self._dismissed = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        headers = read_headers(scope["headers"])
        try:
            self._origins.refuse_foreign_socket(headers)
        except ForeignOrigin:
            await send({"type": "websocket.close", "code": 4403, "reason": "Foreign origin"})
            return
        if PROTOCOL not in scope.get("subprotocols", ()):
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": 4406, "reason": "Subprotocol not acceptable"})
            return
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        caller = identify_caller(scope.get("client"), self._config, headers)
        if self._open[caller.address] >= self._config.limits.websockets_per_client:
            await send({"type": "websocket.close", "code": 4429, "reason": "Too many connections"})
            return
        connection = Connection(
            self._service, self._config, self._log, self._tracing, caller, receive, send, leaving=self._dismissed
        )
        self._open[caller.address] += 1
        self._connections.add(connection)
        self._log.websockets.inc()
        try:
            if self._dismissed:
                await connection.close(1001, "Going away")
            await connection.run()
        finally:
            self._log.websockets.dec()
            self._connections.discard(connection)
            self._open[caller.address] -= 1
            if not self._open[caller.address]:
                del self._open[caller.address]

    async def dismiss(self, seconds: float) -> None:
        """Ask every client to come back elsewhere, once its queries and mutations are answered, or in so long."""
        self._dismissed = True
        await asyncio.gather(*(connection.dismiss(seconds) for connection in tuple(self._connections)))
