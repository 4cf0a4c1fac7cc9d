"""The queries."""

import strawberry

from subgraphs.notifications.loaders import Info
from subgraphs.notifications.types import Notification


@strawberry.type
class Query:
    @strawberry.field(description="One message; null when there is none, or it is somebody else's.")
    async def notification(self, info: Info, id: strawberry.ID) -> Notification | None:
        return Notification.shown(await info.context.loaders.notification.load(id), info.context.caller)
