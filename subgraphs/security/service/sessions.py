"""Sessions: opened by signing in, carried on by refresh tokens, ended for many reasons.

A refresh token is good for one use, which answers the next one. A spent one that comes again means that two hold a
copy, and nobody can tell which of them is the owner: so the whole session ends, at once and without a grace period
(RFC 9700, 4.14.2). Of two refreshes with the same token at once, the store lets one through; to the other it is spent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.audit import audited
from shared.auth import ANONYMOUS, Caller
from shared.errors import Refusal, Unauthenticated
from shared.ids import new_id
from subgraphs.security.documents import AccountDocument, AccountStatus, RefreshTokenDocument, SessionDocument
from subgraphs.security.errors import AccountSuspended, ExpiredToken, InvalidToken, NoSuchThing, TokenReused
from subgraphs.security.events import SOURCE
from subgraphs.security.service.access_tokens import AccessTokens
from subgraphs.security.service.ground import Ground
from subgraphs.security.service.origin import Origin
from subgraphs.security.service.sealing import hash_of, new_token


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a client gets who signed in or refreshed; `expires_at` is the access token's end."""

    access_token: str
    refresh_token: str
    expires_at: datetime
    account: AccountDocument
    session_id: str


@dataclass(frozen=True, slots=True)
class Presented:
    """A refresh token that was presented, and whose it is."""

    token: RefreshTokenDocument
    session: SessionDocument
    account: AccountDocument


class Sessions:
    """Opens, refreshes, lists and ends sessions."""

    def __init__(self, ground: Ground, tokens: AccessTokens, lifetime: timedelta) -> None:
        self._store = ground.store
        self._clock = ground.clock
        self._sessions = ground.kept.sessions
        self._accounts = ground.kept.accounts
        self._tokens = tokens
        self._lifetime = lifetime

    async def add(self, account: AccountDocument, origin: Origin) -> tuple[str, str]:
        """Add a session, in the transaction that checked the account; answer its id and refresh token."""
        now = self._clock.now()
        session = SessionDocument(
            id=new_id("ses"),
            account_id=account.id,
            user_agent=origin.agent,
            created_at=now,
            last_used_at=now,
            expires_at=now + self._lifetime,
        )
        await self._sessions.add(session)
        return session.id, await self._add_token(session)

    async def signed_in(self, account: AccountDocument, session_id: str, refresh_token: str) -> SignedIn:
        """Answer a session's tokens, the access token made now."""
        access = await self._tokens.of_session(account, session_id)
        return SignedIn(access.text, refresh_token, access.expires_at, account, session_id)

    async def refresh(self, refresh_token: str) -> SignedIn:
        """Spend a refresh token for the next one, and an access token with what the account may now.

        Raises InvalidToken, ExpiredToken, TokenReused, AccountSuspended.
        """

        async def work() -> tuple[Presented, str] | Refusal:
            found = await self._presented(refresh_token)
            if isinstance(found, Refusal):
                return found
            if found.session.ended_at is not None:
                return InvalidToken(field=["refreshToken"])
            now = self._clock.now()
            if found.token.expires_at <= now:
                return ExpiredToken(field=["refreshToken"])
            found.token.spent_at = now
            await self._sessions.keep_token(found.token)
            found.session.last_used_at = now
            found.session.expires_at = now + self._lifetime
            await self._sessions.keep(found.session)
            return found, await self._add_token(found.session)

        # A refusal is returned, not raised: that a session ended must be kept.
        outcome = await self._store.transaction(work)
        if isinstance(outcome, Refusal):
            raise outcome
        found, next_token = outcome
        return await self.signed_in(found.account, found.session.id, next_token)

    async def sign_out(self, refresh_token: str, *, everywhere: bool) -> None:
        """End the session of a refresh token, or all of its account; ending an ended one changes nothing.

        Raises InvalidToken, TokenReused, AccountSuspended.
        """

        async def work() -> Refusal | None:
            found = await self._presented(refresh_token)
            if isinstance(found, Refusal):
                return found
            if found.session.ended_at is not None:
                return None
            if everywhere:
                await self._sessions.end_all(found.account.id, self._clock.now())
            else:
                await self._end(found.session)
            return None

        refusal = await self._store.transaction(work)
        if refusal is not None:
            raise refusal

    async def end(self, caller: Caller, session_id: str) -> None:
        """End one of the caller's own sessions; raises NoSuchThing, also for somebody else's."""

        async def work() -> None:
            session = await self._sessions.get(session_id)
            if session is None or session.account_id != caller.account_id:
                raise NoSuchThing(field=["sessionId"])
            if session.ended_at is None:
                await self._end(session)

        await self._store.transaction(work)

    async def end_all(self, account_id: str, *, but: str | None = None) -> None:
        """End every session of an account, but one if it is named; in the transaction of what is the reason."""
        await self._sessions.end_all(account_id, self._clock.now(), but=but)

    async def live(self, account_ids: Sequence[str]) -> list[list[SessionDocument]]:
        """Answer each account's sessions that go on, newest first."""
        return await self._sessions.live(account_ids, self._clock.now())

    async def require_live(self, caller: Caller) -> str:
        """Answer the caller's account id; raises Unauthenticated if their session has ended since the token was made.

        An access token outlives its session by minutes. That is too long for what changes credentials or others.
        """
        session = await self._sessions.get(caller.session_id or "")
        if caller.account_id is None or session is None or session.account_id != caller.account_id:
            raise Unauthenticated
        if session.ended_at is not None:
            raise Unauthenticated("This session has ended. Sign in again.")
        return caller.account_id

    async def _presented(self, refresh_token: str) -> Presented | Refusal:
        token = await self._sessions.token(hash_of(refresh_token))
        session = await self._sessions.get(token.session_id) if token else None
        account = await self._accounts.get(session.account_id) if session else None
        if token is None or session is None or account is None:
            return InvalidToken(field=["refreshToken"])
        if token.spent_at is not None:
            if session.ended_at is None:
                await self._end(session)
                self._store.publish(
                    audited(
                        SOURCE,
                        ANONYMOUS,
                        self._clock,
                        action="session.token_reused",
                        resource=("Session", session.id),
                        outcome="refused",
                    )
                )
            return TokenReused(field=["refreshToken"])
        if account.status is AccountStatus.SUSPENDED:
            return AccountSuspended()
        return Presented(token, session, account)

    async def _end(self, session: SessionDocument) -> None:
        session.ended_at = self._clock.now()
        await self._sessions.keep(session)

    async def _add_token(self, session: SessionDocument) -> str:
        text = new_token()
        await self._sessions.add_token(
            RefreshTokenDocument(id=hash_of(text), session_id=session.id, expires_at=session.expires_at)
        )
        return text
