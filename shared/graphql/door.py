"""The HTTP and WebSocket door of a subgraph: one path, `/graphql`, for the router.

It verifies the token itself (nobody trusts a header), makes the request's context, and answers a bad token with 401
and UNAUTHENTICATED. `/health` tells that the process lives.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Generic, TypeVar

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLRequestData
from strawberry.types import ExecutionResult
from strawberry.types.unset import UnsetType

from shared.auth import ANONYMOUS, Caller, TokenVerifier
from shared.errors import RequestError, SubgraphUnavailable, Unauthenticated
from shared.graphql.context import RequestContext
from shared.graphql.observing import OperationReader, count_error, count_refused_request, observed
from shared.graphql.schema import SubgraphSchema
from shared.ids import new_id
from shared.telemetry_arrival import Arrival
from shared.telemetry_trail import current

Service = TypeVar("Service")
Loaders = TypeVar("Loaders")

STATUSES = {Unauthenticated: HTTPStatus.UNAUTHORIZED, SubgraphUnavailable: HTTPStatus.SERVICE_UNAVAILABLE}


class Door(GraphQL[RequestContext[Service, Loaders], None], Generic[Service, Loaders]):
    """Serves a schema with a service (one for all) and loaders (one set a request, made for its caller).

    `name` is the subgraph's, for metrics and traces.
    """

    def __init__(
        self,
        schema: SubgraphSchema,
        *,
        name: str,
        verifier: TokenVerifier,
        service: Service,
        loaders: Callable[[Caller], Loaders],
    ) -> None:
        super().__init__(
            schema, graphql_ide=None, allow_queries_via_get=False, subscription_protocols=("graphql-transport-ws",)
        )
        self._name = name
        self._reader = OperationReader(name, schema._schema)  # noqa: SLF001  Strawberry offers no other door to it.
        self._verifier = verifier
        self._service = service
        self._loaders = loaders

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except RequestError as error:
            count_refused_request(self._name, error.code)
            await _refused(error)(scope, receive, send)

    async def execute_single(self, *args: Any, **named: Any) -> ExecutionResult:
        request_data: GraphQLRequestData = named["request_data"]
        operation = self._reader.read(request_data.query, request_data.operation_name)
        with observed(operation, request_data.variables) as running:
            result = await super().execute_single(*args, **named)
            for error in result.errors or ():
                count_error(running, str((error.extensions or {}).get("code")))
            return result

    async def get_context(
        self,
        request: Request | WebSocket,
        response: Response | WebSocket,  # noqa: ARG002  Strawberry's signature.
    ) -> RequestContext[Service, Loaders]:
        headers, trail = request.headers, current()
        # A WebSocket says who calls in its connection_init, which `on_ws_connect` reads.
        socket = request.scope["type"] == "websocket"
        caller = ANONYMOUS if socket else await self._verifier.verify_header(headers.get("authorization"))
        return RequestContext(
            caller=caller,
            service=self._service,
            loaders=self._loaders(caller),
            correlation_id=trail.correlation_id or new_id("req"),
            traceparent=trail.traceparent,
            address=headers.get("x-forwarded-for") or (request.client.host if request.client else None),
            user_agent=headers.get("user-agent"),
        )

    async def on_ws_connect(self, context: RequestContext[Service, Loaders]) -> UnsetType | dict[str, object] | None:
        params = {key.lower(): value for key, value in (context.connection_params or {}).items()}
        try:
            context.caller = await self._verifier.verify_header(params.get("authorization"))
        except RequestError as error:
            raise ConnectionRejectionError from error
        context.loaders = self._loaders(context.caller)
        return await super().on_ws_connect(context)

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)


def _refused(error: RequestError) -> JSONResponse:
    status = next((status for type_, status in STATUSES.items() if isinstance(error, type_)), HTTPStatus.BAD_REQUEST)
    body = {"errors": [{"message": error.text, "extensions": {"code": error.code}}]}
    return JSONResponse(body, status_code=status)


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def make_app(door: "Door[Any, Any]", *routes: Route) -> Starlette:
    """Put the door at `/graphql`, the health page beside it, and a subgraph's own routes (webhooks, keys)."""
    return Starlette(
        routes=[Route("/graphql", door), WebSocketRoute("/graphql", door), Route("/health", _health), *routes],
        middleware=[Middleware(Arrival)],
    )
