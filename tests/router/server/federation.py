"""A small federation in this process, with hand-written plans, so that the server is tested apart from planning.

Two subgraphs are graphql-core schemas behind raw ASGI apps which speak HTTP and graphql-transport-ws, as any would:
`accounts` owns users, `ratings` adds their rating. `slow` never answers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    build_schema,
    graphql,
    parse,
    subscribe,
)

from router.config import RouterConfig
from router.operation import Operation
from router.plan.json import plan_from_json
from router.plan.nodes import QueryPlan
from router.server import RouterApp, create_app
from router.transport import InProcessTransport

SUPERGRAPH = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) {
  query: Query
  mutation: Mutation
  subscription: Subscription
}
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String,
  external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(
  graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true
  isInterfaceObject: Boolean! = false
) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph {
  ACCOUNTS @join__graph(name: "accounts", url: "http://accounts:4001/graphql")
  RATINGS @join__graph(name: "ratings", url: "http://ratings:4002/graphql")
}
type Query @join__type(graph: ACCOUNTS) @join__type(graph: RATINGS) {
  user(id: ID!): User @join__field(graph: ACCOUNTS)
  users: [User!]! @join__field(graph: ACCOUNTS)
  headers: String! @join__field(graph: ACCOUNTS)
  slow: String @join__field(graph: ACCOUNTS)
}
type Mutation @join__type(graph: ACCOUNTS) {
  rename(id: ID!, input: RenameInput!): User! @join__field(graph: ACCOUNTS)
}
type Subscription @join__type(graph: ACCOUNTS) {
  seen(ids: [ID!]!): User! @join__field(graph: ACCOUNTS)
  forever: User! @join__field(graph: ACCOUNTS)
}
input RenameInput @join__type(graph: ACCOUNTS) { name: String! }
type User @join__type(graph: ACCOUNTS, key: "id") @join__type(graph: RATINGS, key: "id") {
  id: ID!
  name: String! @join__field(graph: ACCOUNTS)
  secret: String @join__field(graph: ACCOUNTS)
  coded: String @join__field(graph: ACCOUNTS)
  rating: Int @join__field(graph: RATINGS)
}
"""

_ACCOUNTS = """
type Query { user(id: ID!): User users: [User!]! headers: String! slow: String }
type Mutation { rename(id: ID!, input: RenameInput!): User! }
type Subscription { seen(ids: [ID!]!): User! forever: User! }
input RenameInput { name: String! }
type User { id: ID! name: String! secret: String coded: String }
"""
_RATINGS = """
scalar _Any
union _Entity = User
type Query { _entities(representations: [_Any!]!): [_Entity]! }
type User { id: ID! rating: Int }
"""


@dataclass
class Subgraph:
    """An ASGI app over a schema; keeps the headers and bodies it was sent."""

    schema: GraphQLSchema
    root: Any
    headers: list[dict[str, str]] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    init_payloads: list[Any] = field(default_factory=list)
    subscriptions: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)
    is_broken: bool = False

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.headers.append(headers)
        if scope["type"] == "websocket":
            await self._websocket(receive, send)
            return
        if self.is_broken:
            raise ConnectionError
        body = orjson.loads((await receive())["body"])
        self.queries.append(body["query"])
        self.root.seen_headers = headers
        result = await graphql(self.schema, body["query"], root_value=self.root, variable_values=body.get("variables"))
        payload = orjson.dumps(_formatted(result))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": payload})

    async def _websocket(self, receive: Any, send: Any) -> None:
        async def say(message: dict[str, Any]) -> None:
            await send({"type": "websocket.send", "text": orjson.dumps(message).decode()})

        async def operate(identifier: str, payload: dict[str, Any]) -> None:
            self.subscriptions += 1
            try:
                results = await subscribe(
                    self.schema, parse(payload["query"]), root_value=self.root, variable_values=payload.get("variables")
                )
                assert not isinstance(results, ExecutionResult), results
                async for result in results:
                    await say({"type": "next", "id": identifier, "payload": _formatted(result)})
                await say({"type": "complete", "id": identifier})
            finally:
                self.subscriptions -= 1
                self.left.set()

        tasks: list[asyncio.Task[None]] = []
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
        while (event := await receive())["type"] == "websocket.receive":
            message = orjson.loads(event["text"])
            if message["type"] == "connection_init":
                self.init_payloads.append(message.get("payload"))
                await say({"type": "connection_ack"})
                await say({"type": "ping"})
            elif message["type"] == "subscribe":
                tasks.append(asyncio.create_task(operate(message["id"], message["payload"])))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _formatted(result: ExecutionResult) -> dict[str, Any]:
    return dict(result.formatted)


class _User:
    def __init__(self, id: str, name: str) -> None:
        self.id = id
        self.name = name

    def secret(self, _: Any) -> str:
        raise RuntimeError("password of the database: hunter2")

    def coded(self, _: Any) -> str:
        raise GraphQLError("This user may not be seen.", extensions={"code": "FORBIDDEN", "stacktrace": ["x"]})


class _Accounts:
    def __init__(self) -> None:
        self.names = {"1": "Ada", "2": "Grace"}
        self.seen_headers: dict[str, str] = {}
        self.seen_forever = asyncio.Event()

    def user(self, _: Any, id: str) -> _User | None:
        return _User(id, self.names[id]) if id in self.names else None

    def users(self, _: Any) -> list[_User]:
        return [_User(key, name) for key, name in self.names.items()]

    def headers(self, _: Any) -> str:
        return orjson.dumps(self.seen_headers).decode()

    async def slow(self, _: Any) -> str:
        await asyncio.Event().wait()
        return "never"

    def rename(self, _: Any, id: str, input: dict[str, str]) -> _User:
        self.names[id] = input["name"]
        return _User(id, input["name"])

    async def seen(self, _: Any, ids: list[str]) -> AsyncIterator[dict[str, Any]]:
        for key in ids:
            yield {"seen": _User(key, self.names[key])}

    async def forever(self, _: Any) -> AsyncIterator[dict[str, Any]]:
        self.seen_forever.set()
        yield {"forever": _User("1", "Ada")}
        await asyncio.Event().wait()


class _Rating:
    __typename = "User"

    def __init__(self, id: str) -> None:
        self.id = id
        self.rating = int(id) * 10


class _Ratings:
    seen_headers: dict[str, str]

    def _entities(self, _: Any, representations: list[dict[str, Any]]) -> list[_Rating]:
        return [_Rating(representation["id"]) for representation in representations]


def _rating_fetch(*path: str) -> dict[str, Any]:
    requires = [{"kind": "Field", "name": "__typename"}, {"kind": "Field", "name": "id"}]
    return {
        "kind": "Flatten",
        "path": list(path),
        "node": {
            "kind": "Fetch",
            "serviceName": "ratings",
            "operation": "query($representations:[_Any!]!)"
            "{_entities(representations:$representations){...on User{rating}}}",
            "requires": [{"kind": "InlineFragment", "typeCondition": "User", "selections": requires}],
        },
    }


def _fetch(operation: str, kind: str = "query", *variables: str) -> dict[str, Any]:
    return {
        "kind": "Fetch",
        "serviceName": "accounts",
        "operationKind": kind,
        "operation": operation,
        "variableUsages": list(variables),
    }


_USER = "{__typename id name secret coded}"
_PLANS: dict[str, dict[str, Any]] = {
    "user": {
        "kind": "Sequence",
        "nodes": [_fetch("query($id:ID!){user(id:$id){__typename id name}}", "query", "id"), _rating_fetch("user")],
    },
    "users": {"kind": "Sequence", "nodes": [_fetch("{users{__typename id name}}"), _rating_fetch("users", "@")]},
    "faults": _fetch('{user(id:"1")' + _USER + "}"),
    "headers": _fetch("{headers}"),
    "slow": _fetch("{slow}"),
    "rename": _fetch(
        "mutation($id:ID!,$input:RenameInput!){rename(id:$id,input:$input){__typename id name}}",
        "mutation", "id", "input",
    ),
    "seen": {
        "kind": "Subscription",
        "primary": _fetch("subscription($ids:[ID!]!){seen(ids:$ids){__typename id name}}", "subscription", "ids"),
        "rest": _rating_fetch("seen"),
    },
    "forever": {"kind": "Subscription", "primary": _fetch("subscription{forever{id name}}", "subscription")},
}  # fmt: skip


class TablePlanner:
    """Plans by the operation's first field, or by its name where the table has that."""

    def plan(self, operation: Operation, _labels: frozenset[str]) -> QueryPlan:
        first = operation.definition.selection_set.selections[0]
        name = operation.name if operation.name in _PLANS else getattr(getattr(first, "name", None), "value", "")
        node = _PLANS.get(name or "")
        return plan_from_json({"kind": "QueryPlan", **({"node": node} if node else {})})


class Federation:
    """The router over both subgraphs."""

    def __init__(self, config: RouterConfig | None = None, clock: Callable[[], float] = time.time, **apps: Any) -> None:
        self.accounts = Subgraph(build_schema(_ACCOUNTS), _Accounts())
        self.ratings = Subgraph(_with_types(build_schema(_RATINGS)), _Ratings())
        self.transport = InProcessTransport({"accounts": self.accounts, "ratings:4002": self.ratings, **apps})
        self.app: RouterApp = create_app(SUPERGRAPH, config or RouterConfig(), self.transport, TablePlanner(), clock)


def _with_types(schema: GraphQLSchema) -> GraphQLSchema:
    entity: Any = schema.get_type("_Entity")
    entity.resolve_type = lambda *_: "User"
    for name, subscription_field in (schema.subscription_type.fields if schema.subscription_type else {}).items():
        assert subscription_field, name
    return schema
