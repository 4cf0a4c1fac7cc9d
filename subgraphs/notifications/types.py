"""What clients see of messages."""

from datetime import datetime
from enum import Enum
from typing import Self

import strawberry

from shared.auth import Caller
from shared.errors import Refusal
from shared.graphql.values import PageInfo, UserError
from shared.pagination import Page, encode_cursor
from subgraphs.notifications.access import may_read_messages_to
from subgraphs.notifications.documents import (
    NotificationChannel,
    NotificationDocument,
    NotificationStatus,
    PreferencesDocument,
)
from subgraphs.notifications.loaders import Info

strawberry.enum(NotificationStatus)
strawberry.enum(NotificationChannel)


@strawberry.federation.type(keys=["id"])
class Notification:
    id: strawberry.ID
    kind: str
    channel: NotificationChannel
    subject: str
    status: NotificationStatus
    created_at: datetime
    sent_at: datetime | None
    attempts: int

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        return cls.shown(await info.context.loaders.notification.load(id), info.context.caller)

    @classmethod
    def of(cls, notification: NotificationDocument) -> Self:
        """Show a message."""
        return cls(
            id=strawberry.ID(notification.id),
            kind=notification.kind.value,
            channel=NotificationChannel.EMAIL,
            subject=notification.subject,
            status=notification.status,
            created_at=notification.created_at,
            sent_at=notification.sent_at,
            attempts=notification.attempts,
        )

    @classmethod
    def shown(cls, notification: NotificationDocument | None, caller: Caller) -> Self | None:
        """Show a message to those who may see it; to others it is missing."""
        if notification is None or not may_read_messages_to(caller, notification.recipient):
            return None
        return cls.of(notification)


@strawberry.type
class NotificationEdge:
    cursor: str
    node: Notification


@strawberry.type
class NotificationConnection:
    edges: list[NotificationEdge]
    page_info: PageInfo

    @classmethod
    def of(cls, page: Page[NotificationDocument]) -> Self:
        """Show a page."""
        cursors = [encode_cursor([row.id]) for row in page.rows]
        edges = [
            NotificationEdge(cursor=at, node=Notification.of(row)) for at, row in zip(cursors, page.rows, strict=True)
        ]
        return cls(edges=edges, page_info=PageInfo.of(page, cursors))


@strawberry.type
class NotificationPreferences:
    reminders: bool
    marketing: bool
    locale: str = strawberry.field(description="The language of mails; empty means that of the profile.")

    @classmethod
    def of(cls, preferences: PreferencesDocument) -> Self:
        """Show preferences."""
        return cls(reminders=preferences.reminders, marketing=preferences.marketing, locale=preferences.locale or "")


@strawberry.enum
class NotificationErrorCode(Enum):
    NOT_FOUND = "NOT_FOUND"
    INVALID_STATE = "INVALID_STATE"


@strawberry.type
class NotificationError(UserError):
    code: NotificationErrorCode

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        """Show a refusal."""
        return cls(message=refusal.text, field=refusal.field, code=NotificationErrorCode(refusal.code))


@strawberry.type
class UpdateNotificationPreferencesPayload:
    preferences: NotificationPreferences | None = None
    user_errors: list[NotificationError] = strawberry.field(default_factory=list)


@strawberry.type
class ResendNotificationPayload:
    notification: Notification | None = None
    user_errors: list[NotificationError] = strawberry.field(default_factory=list)
