"""What clients see of the audit trail."""

from datetime import datetime
from typing import Self

import strawberry

from shared.graphql.values import PageInfo
from shared.pagination import Page, encode_cursor
from subgraphs.security.documents import AuditDocument
from subgraphs.security.loaders import Info
from subgraphs.security.types.accounts import Account, sees_whole


@strawberry.type
class AuditEvent:
    id: strawberry.ID
    at: datetime
    action: str
    resource_type: str
    resource_id: strawberry.ID
    outcome: str
    actor_id: strawberry.Private[str]

    @classmethod
    def of(cls, link: AuditDocument) -> Self:
        """Show a link of the trail."""
        return cls(
            id=strawberry.ID(link.event_id),
            at=link.at,
            action=link.action,
            resource_type=link.resource_type,
            resource_id=strawberry.ID(link.resource_id),
            outcome=link.outcome,
            actor_id=link.actor_id,
        )

    @strawberry.field(description="Who did it; null for a part of the platform itself.")
    async def actor(self, info: Info) -> Account | None:
        account = await info.context.loaders.account.load(self.actor_id)
        if account is None:
            return None
        return Account.of(account, whole=sees_whole(info.context.caller, account.id))


@strawberry.type
class AuditEventEdge:
    cursor: str
    node: AuditEvent


@strawberry.type
class AuditEventConnection:
    edges: list[AuditEventEdge]
    page_info: PageInfo

    @classmethod
    def of(cls, page: Page[AuditDocument]) -> Self:
        """Show a page."""
        cursors = [encode_cursor([link.id]) for link in page.rows]
        edges = [AuditEventEdge(cursor=at, node=AuditEvent.of(row)) for at, row in zip(cursors, page.rows, strict=True)]
        return cls(edges=edges, page_info=PageInfo.of(page, cursors))
