"""Entities of other subgraphs that this one adds fields to."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from subgraphs.users.loaders import Info

if TYPE_CHECKING:
    from subgraphs.users.types import User


@strawberry.federation.type(keys=["id"])
class Account:
    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "Account":
        return cls(id=id)

    @strawberry.field(description="The patient profile of this account, if it has one.")
    async def user(self, info: Info) -> Annotated["User", strawberry.lazy(".types")] | None:
        from subgraphs.users.types import User

        return await User.shown(info, await info.context.loaders.of_account.load(self.id))
