"""Proving that an e-mail address is its account's: by a mailed token, mailed again on request."""

from shared.events.declared import event
from subgraphs.security.documents import AccountDocument, MailTokenPurpose
from subgraphs.security.errors import InvalidToken
from subgraphs.security.events import SOURCE, AccountEmailVerified, AccountVerificationRequested
from subgraphs.security.service.addresses import sought_email
from subgraphs.security.service.ground import Ground
from subgraphs.security.service.mail_tokens import MailTokens
from subgraphs.security.service.origin import Origin
from subgraphs.security.service.throttle import Throttle

PURPOSE = MailTokenPurpose.VERIFY_EMAIL


class Verification:
    """Verifies addresses."""

    def __init__(self, ground: Ground, tokens: MailTokens, throttle: Throttle) -> None:
        self._store = ground.store
        self._clock = ground.clock
        self._accounts = ground.kept.accounts
        self._tokens = tokens
        self._throttle = throttle

    async def verify(self, token: str, origin: Origin) -> AccountDocument:
        """Spend a mailed token; answers its account to whoever holds it. Raises InvalidToken, ExpiredToken."""

        async def work() -> AccountDocument:
            account = await self._accounts.get(await self._tokens.spend(token, PURPOSE))
            if account is None:
                raise InvalidToken(field=["token"])
            if account.email_verified:
                return account
            account.email_verified = True
            await self._accounts.keep(account)
            verified = AccountEmailVerified(
                account_id=account.id, profile_id=account.profile_id or "", version=account.version
            )
            self._store.publish(event(SOURCE, account.id, verified, self._clock))
            return account

        account = await self._store.transaction(work)
        await self._throttle.trust(account.email, origin)
        return account

    async def resend(self, email: str, origin: Origin) -> None:
        """Ask for the mail again; says nothing of whether there is such an account. Raises TooManyAttempts."""
        address = sought_email(email)
        await self._throttle.begin_mail(PURPOSE.value, address, origin)

        async def work() -> None:
            account = await self._accounts.by_email(address)
            if account is None or account.email_verified:
                return
            await self._accounts.keep(account)
            requested = AccountVerificationRequested(account_id=account.id, version=account.version)
            self._store.publish(event(SOURCE, account.id, requested, self._clock))

        await self._store.transaction(work)
