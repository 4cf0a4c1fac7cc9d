"""A small subgraph for tests of the door: things that are found, refused, broken or denied, as they are asked for."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Self

import httpx
import strawberry

from shared.auth import TokenVerifier
from shared.clock import SystemClock
from shared.errors import NotFound, Refusal
from shared.graphql.access import PUBLIC
from shared.graphql.door import Door, make_app
from shared.graphql.schema import make_schema
from shared.graphql.values import UserError


class TooHeavy(Refusal):
    """Nobody can carry it."""

    code = "TOO_HEAVY"
    message = "It is too heavy."


@strawberry.enum
class ThingErrorCode(Enum):
    TOO_HEAVY = "TOO_HEAVY"


@strawberry.type
class ThingError(UserError):
    code: ThingErrorCode

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        return cls(message=refusal.text, field=refusal.field, code=ThingErrorCode(refusal.code))


@strawberry.federation.type(keys=["id"])
class Thing:
    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        return cls(id=id)


@strawberry.type
class ThingPayload:
    thing: Thing | None = None
    user_errors: list[ThingError] = strawberry.field(default_factory=list)


@strawberry.type
class Query:
    @strawberry.field
    def thing(self, id: strawberry.ID) -> Thing | None:
        return Thing(id=id)

    @strawberry.field
    def missing_thing(self) -> Thing | None:
        raise NotFound

    @strawberry.field
    def broken_thing(self, note: str = "") -> Thing | None:
        raise LookupError(f"no such thing as {note}")


@strawberry.type
class Mutation:
    @strawberry.mutation
    def lift_thing(self, note: str = "") -> ThingPayload | None:
        return ThingPayload(user_errors=[ThingError.of(TooHeavy())])


RULES = dict.fromkeys(
    ["Query.*", "Mutation.*", "Thing.*", "ThingPayload.*", "ThingError.*"],
    PUBLIC,
)
SCHEMA = make_schema(RULES, query=Query, mutation=Mutation, types=[Thing])


async def no_keys() -> bytes:
    return b'{"keys": []}'


async def ask(
    query: str, variables: Mapping[str, Any] | None = None, *, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Post a request to the subgraph `things`; answers the JSON body."""
    door = Door(
        SCHEMA, name="things", verifier=TokenVerifier(no_keys, SystemClock()), service=None, loaders=lambda _: None
    )
    transport = httpx.ASGITransport(app=make_app(door))
    async with httpx.AsyncClient(transport=transport, base_url="http://things") as client:
        asked = {"query": query, "variables": dict(variables or {})}
        answer = await client.post("/graphql", json=asked, headers=headers)
    body: dict[str, Any] = answer.json()
    return body
