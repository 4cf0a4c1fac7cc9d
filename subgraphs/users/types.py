"""What clients see of patients."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Self

import strawberry

from shared.graphql.documents import Document, ProfileError
from shared.graphql.values import PageInfo
from shared.pagination import Page, encode_cursor
from subgraphs.users.documents import UserDocument
from subgraphs.users.loaders import Info
from subgraphs.users.service import READ_DOCUMENTS, Sight


@strawberry.federation.type(keys=["id"])
class User:
    id: strawberry.ID
    first_name: str
    last_name: str
    email: str
    phone: str | None
    date_of_birth: date | None
    time_zone: str
    locale: str
    created_at: datetime
    account_id: strawberry.ID = strawberry.federation.field(inaccessible=True, description="For services.")
    sight: strawberry.Private[Sight]

    @strawberry.field(description="Oldest first.")
    async def documents(self, info: Info) -> list[Document]:
        context = info.context
        records = await context.loaders.documents.load(self.id)
        await context.service.profiles.note(context.caller, READ_DOCUMENTS, self.id)
        return [Document.of(record, context.service.archive) for record in records]

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        return await cls.shown(info, await info.context.loaders.user.load(id))

    @classmethod
    def of(cls, user: UserDocument, sight: Sight) -> Self:
        """Show a patient to somebody who may see that much."""
        assert user.account_id is not None, "a registration under way is shown to nobody"
        return cls(
            id=strawberry.ID(user.id),
            first_name=user.first_name,
            last_name=user.last_name,
            email=user.email,
            phone=user.phone,
            date_of_birth=date.fromisoformat(user.date_of_birth) if user.date_of_birth else None,
            time_zone=user.time_zone,
            locale=user.locale,
            created_at=user.created_at,
            account_id=strawberry.ID(user.account_id),
            sight=sight,
        )

    @classmethod
    async def shown(cls, info: Info, user: UserDocument | None) -> Self | None:
        """Show a patient to the caller as far as the business lets them; a foreign one looks like a missing one."""
        if user is None:
            return None
        context = info.context
        care = await context.loaders.care.load(user.id)
        sight = context.service.profiles.sight(context.caller, user.id, care)
        return None if sight is Sight.NOTHING else cls.of(user, sight)


@strawberry.type
class UserEdge:
    cursor: str
    node: User


@strawberry.type
class UserConnection:
    edges: list[UserEdge]
    page_info: PageInfo
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field
    async def total_count(self) -> int | None:
        return await self.count()

    @classmethod
    def of(cls, page: Page[UserDocument], count: Callable[[], Awaitable[int]]) -> Self:
        """Show a page; the list is counted only if somebody asks."""
        cursors = [encode_cursor([user.created_at.isoformat(), user.id]) for user in page.rows]
        nodes = [User.of(user, Sight.PROFILE) for user in page.rows]
        edges = [UserEdge(cursor=cursor, node=node) for cursor, node in zip(cursors, nodes, strict=True)]
        return cls(edges=edges, page_info=PageInfo.of(page, cursors), count=count)


@strawberry.type
class RegisterUserPayload:
    user: User | None = None
    user_errors: list[ProfileError] = strawberry.field(default_factory=list)


@strawberry.type
class UpdateUserPayload:
    user: User | None = None
    user_errors: list[ProfileError] = strawberry.field(default_factory=list)
