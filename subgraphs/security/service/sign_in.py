"""Signing in.

An unknown e-mail and a wrong password get the same answer after the same work: the same buckets are taken from, and a
hash of the same cost is computed, before anything is told apart.

Only so many are judged at once as can be hashed; the others wait. An attempt that is being judged fills its buckets
like a failed one, and a crowd that signs in at nine o'clock from one office must not fill them by that alone.
"""

import asyncio
from dataclasses import dataclass, field

from shared.errors import Refusal
from subgraphs.security.documents import AccountDocument, AccountStatus
from subgraphs.security.errors import AccountSuspended, InvalidCredentials, TotpRequired
from subgraphs.security.service.addresses import sought_email
from subgraphs.security.service.ground import Ground
from subgraphs.security.service.origin import Origin
from subgraphs.security.service.passwords import Passwords
from subgraphs.security.service.second_factor import SecondFactors
from subgraphs.security.service.sessions import Sessions, SignedIn
from subgraphs.security.service.throttle import Attempt, Throttle


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody signs in with; never shown in a log."""

    email: str
    password: str = field(repr=False)
    code: str | None = field(default=None, repr=False)


class SignIn:
    """Checks credentials and opens sessions."""

    def __init__(
        self,
        ground: Ground,
        sessions: Sessions,
        passwords: Passwords,
        second_factors: SecondFactors,
        throttle: Throttle,
        *,
        at_once: int,
    ) -> None:
        self._store = ground.store
        self._accounts = ground.kept.accounts
        self._sessions = sessions
        self._passwords = passwords
        self._second_factors = second_factors
        self._throttle = throttle
        self._turns = asyncio.Semaphore(at_once)

    async def sign_in(self, credentials: Credentials, origin: Origin) -> SignedIn:
        """Open a session.

        Raises TooManyAttempts, InvalidCredentials, AccountSuspended, TotpRequired, InvalidTotp.
        """
        async with self._turns:
            account, session_id, refresh_token = await self._judge(credentials, origin)
        return await self._sessions.signed_in(account, session_id, refresh_token)

    async def _judge(self, credentials: Credentials, origin: Origin) -> tuple[AccountDocument, str, str]:
        email = sought_email(credentials.email)
        attempt = await self._throttle.begin_sign_in(email, origin)
        account = await self._accounts.by_email(email)
        known_hash = account.password_hash if account else None
        if not await self._passwords.matches(known_hash, credentials.password) or account is None:
            raise InvalidCredentials
        await self._check_standing(account, credentials, attempt)
        rehashed = None
        if self._passwords.outdated(account.password_hash):
            rehashed = await self._passwords.hash(credentials.password)

        async def work() -> tuple[AccountDocument, str, str]:
            # The account is written, so that a suspension or a new password at the same time either comes first, and
            # is seen here, or comes later, and finds the session to end it.
            current = await self._accounts.get(account.id)
            if current is None or current.password_hash != account.password_hash:
                raise InvalidCredentials
            if current.status is AccountStatus.SUSPENDED:
                raise AccountSuspended
            if current.totp is not None:
                self._second_factors.spend(current, current.totp, credentials.code or "", ["totpCode"])
            current.password_hash = rehashed or current.password_hash
            await self._accounts.keep(current)
            return current, *await self._sessions.add(current, origin)

        opened = await self._store.transaction(work)
        await self._throttle.succeed(attempt)
        return opened

    async def _check_standing(self, account: AccountDocument, credentials: Credentials, attempt: Attempt) -> None:
        refusal: Refusal | None = None
        if account.status is AccountStatus.SUSPENDED:
            refusal = AccountSuspended()
        elif account.totp is not None and not (credentials.code or "").strip():
            refusal = TotpRequired(field=["totpCode"])
        if refusal is not None:
            # The password was right, so this was no guess at it. The bucket is not emptied, though: whoever guesses at
            # codes could otherwise leave one out now and then.
            await self._throttle.give_back(attempt)
            raise refusal
