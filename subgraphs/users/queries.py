"""The queries."""

import strawberry

from shared.pagination import PageRequest
from subgraphs.users.inputs import UserFilter
from subgraphs.users.loaders import Info
from subgraphs.users.service import READ_PROFILE
from subgraphs.users.types import User, UserConnection


@strawberry.type
class Query:
    @strawberry.field(description="A patient; null for one that is missing or that the caller may not see.")
    async def user(self, info: Info, id: strawberry.ID) -> User | None:
        user = await User.shown(info, await info.context.loaders.user.load(id))
        if user is not None:
            await info.context.service.profiles.note(info.context.caller, READ_PROFILE, user.id)
        return user

    @strawberry.field(description="The register of patients, newest first.")
    async def users(
        self,
        info: Info,
        *,
        filter: UserFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> UserConnection | None:
        query = (filter or UserFilter()).read()
        profiles = info.context.service.profiles
        page = await profiles.page(info.context.caller, query, PageRequest.of(first, after, last, before))
        return UserConnection.of(page, lambda: profiles.count(query))
