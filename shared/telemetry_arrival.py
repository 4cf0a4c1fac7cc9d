"""What arrives at a subgraph's app is put on its trail: that which the router sent along, else one of its own.

Webhooks and tokens are asked for by others than the router; they begin a trace here. Operations of GraphQL tell of
themselves (`shared.graphql.observing`), and probes and pages that are only read are not told of.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from shared.ids import new_id
from shared.telemetry import begin_or_go_on, span
from shared.telemetry_trail import CORRELATION_ID, Trail, checked, following

Message: TypeAlias = MutableMapping[str, Any]
App: TypeAlias = Callable[[Message, Any, Any], Awaitable[None]]


class Arrival:
    """Goes around an ASGI app."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        given, traceparent = "", None
        for name, value in scope.get("headers", ()):
            if name == b"x-correlation-id":
                given = value.decode("latin-1")
            elif name == b"traceparent":
                traceparent = checked(value.decode("latin-1"))
        correlation_id = given if CORRELATION_ID.fullmatch(given) else new_id("req")
        with following(Trail(correlation_id, begin_or_go_on(traceparent))):
            if scope.get("method") == "POST" and scope["path"] != "/graphql":
                with span("POST", "server"):
                    await self._app(scope, receive, send)
            else:
                await self._app(scope, receive, send)
