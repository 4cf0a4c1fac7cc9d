"""Entities of other subgraphs that this one adds fields to."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from subgraphs.doctors.loaders import Info

if TYPE_CHECKING:
    from subgraphs.doctors.types import Doctor


@strawberry.federation.type(keys=["id"])
class Account:
    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "Account":
        return cls(id=id)

    @strawberry.field(description="The doctor profile of this account, if it has one.")
    async def doctor(self, info: Info) -> Annotated["Doctor", strawberry.lazy(".types")] | None:
        from subgraphs.doctors.types import Doctor

        return Doctor.found(info, await info.context.loaders.of_account.load(self.id))
