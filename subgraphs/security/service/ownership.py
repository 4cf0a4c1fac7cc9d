"""Proof that a session is used by the account's owner: their password, asked for before what cannot be undone.

The attempts are counted by session: whoever stole a token cannot keep the owner, who has another one, from proving it.
"""

from shared.auth import Caller
from shared.errors import Unauthenticated
from subgraphs.security.documents import AccountDocument
from subgraphs.security.errors import InvalidCredentials
from subgraphs.security.service.ground import Ground
from subgraphs.security.service.passwords import Passwords
from subgraphs.security.service.sessions import Sessions
from subgraphs.security.service.throttle import CURRENT_PASSWORD, Throttle


class Ownership:
    """Compares passwords of people who are signed in."""

    def __init__(self, ground: Ground, sessions: Sessions, passwords: Passwords, throttle: Throttle) -> None:
        self._accounts = ground.kept.accounts
        self._sessions = sessions
        self._passwords = passwords
        self._throttle = throttle

    async def prove(self, caller: Caller, password: str, wrong: InvalidCredentials) -> AccountDocument:
        """Answer the caller's account; raises TooManyAttempts, and `wrong` if that is not its password."""
        account_id = await self._sessions.require_live(caller)
        attempt = await self._throttle.begin(CURRENT_PASSWORD, caller.session_id or "")
        account = await self._accounts.get(account_id)
        if account is None:
            raise Unauthenticated
        if not await self._passwords.matches(account.password_hash, password):
            raise wrong
        await self._throttle.give_back(attempt)
        return account

    async def again(self, proved: AccountDocument, field: str) -> AccountDocument:
        """Read the account again, in a transaction; raises InvalidCredentials if its password is another by now."""
        account = await self._accounts.get(proved.id)
        if account is None or account.password_hash != proved.password_hash:
            raise InvalidCredentials("The password was changed meanwhile.", field=[field])
        return account
