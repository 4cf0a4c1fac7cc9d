"""Entities of other subgraphs that this one adds fields to."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from shared.pagination import PageRequest
from subgraphs.notifications.access import may_read_messages_to
from subgraphs.notifications.loaders import Info

if TYPE_CHECKING:
    from subgraphs.notifications.types import NotificationConnection, NotificationPreferences


@strawberry.federation.type(keys=["id"])
class User:
    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "User":
        return cls(id=id)

    @strawberry.field(description="Messages to the patient, newest first. For the patient and staff.")
    async def notifications(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Annotated["NotificationConnection", strawberry.lazy(".types")] | None:
        from subgraphs.notifications.types import NotificationConnection

        request = PageRequest.of(first, after, last, before)
        if not may_read_messages_to(info.context.caller, self.id):
            return None
        return NotificationConnection.of(await info.context.service.repository.page_of(self.id, request))

    @strawberry.field(description="What the patient wants to be told. For the patient and staff.")
    async def notification_preferences(
        self, info: Info
    ) -> Annotated["NotificationPreferences", strawberry.lazy(".types")] | None:
        from subgraphs.notifications.types import NotificationPreferences

        if not may_read_messages_to(info.context.caller, self.id):
            return None
        return NotificationPreferences.of(await info.context.loaders.preferences.load(self.id))
