"""The queries."""

import strawberry

from shared.pagination import PageRequest
from subgraphs.security.inputs import AccountFilter, AuditEventFilter
from subgraphs.security.loaders import Info
from subgraphs.security.repository.accounts import AccountCriteria
from subgraphs.security.repository.audit import AuditCriteria
from subgraphs.security.types import Account, AccountConnection, AuditEventConnection, Role


@strawberry.type
class Query:
    @strawberry.field(description="The signed-in account; null for an anonymous caller.")
    async def me(self, info: Info) -> Account | None:
        account_id = info.context.caller.account_id
        account = await info.context.loaders.account.load(account_id) if account_id else None
        return Account.of(account) if account else None

    @strawberry.field(description="Accounts, newest first.")
    async def accounts(
        self,
        info: Info,
        *,
        filter: AccountFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> AccountConnection | None:
        asked = filter or AccountFilter()
        email = (asked.email or "").strip().lower() or None
        criteria = AccountCriteria(email=email, role=asked.role, status=asked.status)
        request = PageRequest.of(first, after, last, before)
        return AccountConnection.of(await info.context.service.accounts(criteria, request))

    @strawberry.field(description="Every role with what it may.")
    async def roles(self, info: Info) -> list[Role] | None:
        return [Role.of(role) for role in await info.context.service.roles.all()]

    @strawberry.field(description="The audit trail, latest first.")
    async def audit_events(
        self,
        info: Info,
        *,
        filter: AuditEventFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> AuditEventConnection | None:
        asked = filter or AuditEventFilter()
        criteria = AuditCriteria(
            resource_id=asked.resource_id,
            actor_id=asked.actor_id,
            action=asked.action,
            since=asked.since,
            until=asked.until,
        )
        request = PageRequest.of(first, after, last, before)
        return AuditEventConnection.of(await info.context.service.audit.page(criteria, request))
