"""Entities of other subgraphs that this one adds fields to."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from shared.pagination import PageRequest
from subgraphs.security.loaders import Info

if TYPE_CHECKING:
    from subgraphs.security.types import AuditEventConnection


@strawberry.federation.type(keys=["id"])
class User:
    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "User":
        return cls(id=id)

    @strawberry.field(description="Who read or changed this person's record, latest first.")
    async def access_log(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Annotated["AuditEventConnection", strawberry.lazy(".types")] | None:
        from subgraphs.security.types import AuditEventConnection

        request = PageRequest.of(first, after, last, before)
        return AuditEventConnection.of(await info.context.loaders.access_log(request).load(self.id))
