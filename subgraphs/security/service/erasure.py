"""Erasing one's own account: what this subgraph keeps goes at once, the others follow the event.

The account, its sessions and its tokens are deleted, so the e-mail may be registered again. The audit trail stays: it
holds ids, which lead to nobody any more. What the others do is in decision 24.
"""

from shared.audit import audited
from shared.auth import Caller
from shared.events.declared import event
from subgraphs.security.errors import InvalidCredentials
from subgraphs.security.events import SOURCE, AccountErased
from subgraphs.security.service.administration import Administration, administers
from subgraphs.security.service.exports import Exports
from subgraphs.security.service.ground import Ground
from subgraphs.security.service.ownership import Ownership


class Erasure:
    """Erases accounts."""

    def __init__(self, ground: Ground, ownership: Ownership, administration: Administration, exports: Exports) -> None:
        self._store = ground.store
        self._clock = ground.clock
        self._kept = ground.kept
        self._ownership = ownership
        self._administration = administration
        self._exports = exports

    async def erase(self, caller: Caller, password: str) -> None:
        """Erase the caller's account, who proves by the password that it is theirs.

        Raises TooManyAttempts, InvalidCredentials, LastAdmin.
        """
        wrong = InvalidCredentials("The password is wrong.", field=["password"])
        before = await self._ownership.prove(caller, password, wrong)

        async def work() -> None:
            account = await self._ownership.again(before, "password")
            await self._kept.accounts.delete(account)
            if administers(account):
                await self._administration.require_another_admin()
            await self._kept.sessions.delete_all(account.id)
            await self._kept.mail_tokens.delete_all(account.id)
            profile_id = account.profile_id or ""
            erased = AccountErased(account_id=account.id, profile_id=profile_id, version=account.version + 1)
            patient = profile_id if profile_id.startswith("usr_") else None
            self._store.publish(
                event(SOURCE, account.id, erased, self._clock),
                audited(
                    SOURCE,
                    caller,
                    self._clock,
                    action="account.erase",
                    resource=("Account", account.id),
                    user_id=patient,
                ),
            )

        await self._store.transaction(work)
        await self._exports.forget(before.id)
