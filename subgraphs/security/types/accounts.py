"""What clients see of accounts and sessions.

An account is shown whole to itself, to whoever has just proved to own it, and to holders of accounts:read; anyone else
meets it only as the actor in an access log, where its id and roles are all that is told.
"""

from datetime import datetime
from typing import Self

import strawberry

from shared.auth import Caller
from shared.graphql.values import PageInfo
from shared.pagination import Page, encode_cursor
from subgraphs.security.documents import AccountDocument, AccountStatus, SessionDocument
from subgraphs.security.loaders import Info
from subgraphs.security.service.sessions import SignedIn

strawberry.enum(AccountStatus)


@strawberry.type
class ActiveSession:
    id: strawberry.ID
    created_at: datetime
    last_used_at: datetime
    user_agent: str | None
    current: bool

    @classmethod
    def of(cls, session: SessionDocument, *, current: bool) -> Self:
        """Show a session that goes on."""
        return cls(
            id=strawberry.ID(session.id),
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            user_agent=session.user_agent,
            current=current,
        )


@strawberry.federation.type(keys=["id"])
class Account:
    id: strawberry.ID
    email: str
    email_verified: bool
    status: AccountStatus
    roles: list[str]
    totp_enabled: bool
    created_at: datetime
    profile_id: str | None = strawberry.federation.field(
        inaccessible=True, description="The patient or doctor profile of this account."
    )
    whole: strawberry.Private[bool] = True
    session_id: strawberry.Private[str | None] = None

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        account = await info.context.loaders.account.load(id)
        return cls.of(account) if account is not None and sees_whole(info.context.caller, id) else None

    @classmethod
    def of(cls, account: AccountDocument, *, whole: bool = True, session_id: str | None = None) -> Self:
        """Show an account; `session_id` is the session that the caller has just opened."""
        return cls(
            id=strawberry.ID(account.id),
            email=account.email,
            email_verified=account.email_verified,
            status=account.status,
            roles=account.roles,
            totp_enabled=account.totp is not None,
            created_at=account.created_at,
            profile_id=account.profile_id,
            whole=whole,
            session_id=session_id,
        )

    @strawberry.federation.field(inaccessible=True, description="For the mail: where the latest export is, if any.")
    async def export_url(self, info: Info) -> str | None:
        return await info.context.service.exports.address(self.id)

    @strawberry.field(description="What the account's roles allow now.")
    async def permissions(self, info: Info) -> list[str]:
        return await info.context.loaders.permissions.load(tuple(self.roles))

    @strawberry.field(description="The caller's own signed-in places; null for anybody else's account.")
    async def sessions(self, info: Info) -> list[ActiveSession] | None:
        caller = info.context.caller
        if self.session_id is None and caller.account_id != self.id:
            return None
        current = self.session_id or caller.session_id
        sessions = await info.context.loaders.sessions.load(self.id)
        return [ActiveSession.of(session, current=session.id == current) for session in sessions]


def sees_whole(caller: Caller, account_id: str) -> bool:
    """Tell whether an account is shown whole to a caller."""
    return caller.account_id == account_id or caller.may("accounts:read")


@strawberry.type
class AccountEdge:
    cursor: str
    node: Account


@strawberry.type
class AccountConnection:
    edges: list[AccountEdge]
    page_info: PageInfo

    @classmethod
    def of(cls, page: Page[AccountDocument]) -> Self:
        """Show a page."""
        cursors = [encode_cursor([account.created_at.isoformat(), account.id]) for account in page.rows]
        edges = [AccountEdge(cursor=at, node=Account.of(row)) for at, row in zip(cursors, page.rows, strict=True)]
        return cls(edges=edges, page_info=PageInfo.of(page, cursors))


@strawberry.type
class Session:
    access_token: str
    refresh_token: str = strawberry.field(description="Good for one refresh, which answers the next one.")
    expires_at: datetime = strawberry.field(description="When the access token ends; refresh before.")
    account: Account

    @classmethod
    def of(cls, signed_in: SignedIn) -> Self:
        """Show a session that was just opened or carried on."""
        return cls(
            access_token=signed_in.access_token,
            refresh_token=signed_in.refresh_token,
            expires_at=signed_in.expires_at,
            account=Account.of(signed_in.account, session_id=signed_in.session_id),
        )
