"""New passwords: by a mailed token, or by whoever knows the old one. Either ends sessions and spends mailed tokens."""

from shared.auth import Caller
from shared.events.declared import event
from subgraphs.security.documents import AccountDocument, MailTokenPurpose
from subgraphs.security.errors import InvalidCredentials, InvalidToken
from subgraphs.security.events import SOURCE, AccountPasswordChanged, AccountPasswordResetRequested
from subgraphs.security.service.addresses import sought_email
from subgraphs.security.service.ground import Ground
from subgraphs.security.service.mail_tokens import MailTokens
from subgraphs.security.service.origin import Origin
from subgraphs.security.service.ownership import Ownership
from subgraphs.security.service.passwords import Passwords, check_policy
from subgraphs.security.service.sessions import Sessions
from subgraphs.security.service.throttle import Throttle

PURPOSE = MailTokenPurpose.RESET_PASSWORD


class Recovery:
    """Resets and changes passwords."""

    def __init__(
        self,
        ground: Ground,
        sessions: Sessions,
        passwords: Passwords,
        tokens: MailTokens,
        throttle: Throttle,
        *,
        ownership: Ownership,
    ) -> None:
        self._store = ground.store
        self._clock = ground.clock
        self._accounts = ground.kept.accounts
        self._sessions = sessions
        self._passwords = passwords
        self._tokens = tokens
        self._throttle = throttle
        self._ownership = ownership

    async def request_reset(self, email: str, origin: Origin) -> None:
        """Ask for the mail; says nothing of whether there is such an account. Raises TooManyAttempts."""
        address = sought_email(email)
        await self._throttle.begin_mail(PURPOSE.value, address, origin)

        async def work() -> None:
            account = await self._accounts.by_email(address)
            if account is None:
                return
            await self._accounts.keep(account)
            requested = AccountPasswordResetRequested(account_id=account.id, version=account.version)
            self._store.publish(event(SOURCE, account.id, requested, self._clock))

        await self._store.transaction(work)

    async def reset(self, token: str, new_password: str, origin: Origin) -> None:
        """Spend a mailed token for a new password; every session ends.

        A password that is too weak does not cost the token. Raises InvalidToken, ExpiredToken, WeakPassword.
        """
        found = await self._tokens.find(token, PURPOSE)
        before = await self._accounts.get(found.account_id)
        if before is None:
            raise InvalidToken(field=["token"])
        check_policy(new_password, before.email, "newPassword")
        password_hash = await self._passwords.hash(new_password)

        async def work() -> None:
            account = await self._accounts.get(await self._tokens.spend(token, PURPOSE))
            if account is None:
                raise InvalidToken(field=["token"])
            await self._set(account, password_hash, keep_session=None)

        await self._store.transaction(work)
        await self._throttle.trust(before.email, origin)

    async def change(self, caller: Caller, current_password: str, new_password: str) -> None:
        """Replace the password; every other session ends.

        Raises TooManyAttempts, InvalidCredentials, WeakPassword.
        """
        wrong = InvalidCredentials("The current password is wrong.", field=["currentPassword"])
        before = await self._ownership.prove(caller, current_password, wrong)
        check_policy(new_password, before.email, "newPassword")
        password_hash = await self._passwords.hash(new_password)

        async def work() -> None:
            account = await self._ownership.again(before, "currentPassword")
            await self._set(account, password_hash, keep_session=caller.session_id)

        await self._store.transaction(work)

    async def _set(self, account: AccountDocument, password_hash: str, *, keep_session: str | None) -> None:
        account.password_hash = password_hash
        await self._accounts.keep(account)
        await self._sessions.end_all(account.id, but=keep_session)
        await self._tokens.spend_all(account.id, PURPOSE)
        changed = AccountPasswordChanged(account_id=account.id, version=account.version)
        self._store.publish(event(SOURCE, account.id, changed, self._clock))
