"""What admins do to accounts and roles: each deed is audited, and none may leave the platform without an admin.

An admin is an account in good standing that holds the role ADMIN, which can never lose what it takes to administer.
Whoever stops being one passes a guard on the way, so that two who do so at once do not each count on the other.
"""

from collections.abc import Callable, Sequence

from shared.audit import audited
from shared.auth import Caller
from shared.checks import is_plain
from shared.errors import BadUserInput
from shared.events.declared import EventData, event
from subgraphs.security.documents import AccountDocument, AccountStatus
from subgraphs.security.errors import LastAdmin, NoSuchThing, UnknownPermission, UnknownRole
from subgraphs.security.events import SOURCE, AccountReinstated, AccountRolesChanged, AccountSuspended
from subgraphs.security.service.ground import Ground
from subgraphs.security.service.permissions import ADMIN, ADMINISTERS, DEFAULTS, PEOPLES_ROLES, grantable
from subgraphs.security.service.role_map import Role
from subgraphs.security.service.sessions import Sessions

LONGEST_REASON = 500
ADMINS_GUARD = "admins"


class Administration:
    """Changes roles, permissions and standing, for a caller whose session goes on."""

    def __init__(self, ground: Ground, sessions: Sessions) -> None:
        self._store = ground.store
        self._clock = ground.clock
        self._kept = ground.kept
        self._sessions = sessions

    async def grant_role(self, caller: Caller, account_id: str, role: str) -> AccountDocument:
        """Give an account a role; one that it has changes nothing. Raises UnknownRole, NoSuchThing."""
        _check_role(role)

        def grant(account: AccountDocument) -> EventData | None:
            if role in account.roles:
                return None
            account.roles = sorted({*account.roles, role})
            return AccountRolesChanged(account_id=account.id, version=account.version + 1)

        return await self._change(caller, account_id, "account.grant_role", grant)

    async def revoke_role(self, caller: Caller, account_id: str, role: str) -> AccountDocument:
        """Take a role from an account; one that it has not changes nothing.

        Raises UnknownRole, NoSuchThing, LastAdmin.
        """
        _check_role(role)

        def revoke(account: AccountDocument) -> EventData | None:
            if role not in account.roles:
                return None
            account.roles = [one for one in account.roles if one != role]
            return AccountRolesChanged(account_id=account.id, version=account.version + 1)

        return await self._change(caller, account_id, "account.revoke_role", revoke)

    async def suspend(self, caller: Caller, account_id: str, reason: str) -> AccountDocument:
        """Suspend an account and end its sessions; a suspended one stays as it is. Raises NoSuchThing, LastAdmin."""
        given = _checked_reason(reason)

        def suspend(account: AccountDocument) -> EventData | None:
            if account.status is AccountStatus.SUSPENDED:
                return None
            account.status, account.suspension_reason = AccountStatus.SUSPENDED, given
            return AccountSuspended(
                account_id=account.id, profile_id=account.profile_id or "", version=account.version + 1
            )

        return await self._change(caller, account_id, "account.suspend", suspend)

    async def reinstate(self, caller: Caller, account_id: str, reason: str) -> AccountDocument:
        """Lift a suspension; an account in good standing stays as it is. Raises NoSuchThing."""
        _checked_reason(reason)

        def reinstate(account: AccountDocument) -> EventData | None:
            if account.status is AccountStatus.ACTIVE:
                return None
            account.status, account.suspension_reason = AccountStatus.ACTIVE, None
            return AccountReinstated(
                account_id=account.id, profile_id=account.profile_id or "", version=account.version + 1
            )

        return await self._change(caller, account_id, "account.reinstate", reinstate)

    async def set_role_permissions(self, caller: Caller, name: str, permissions: Sequence[str]) -> Role:
        """Replace a role's permissions; raises UnknownRole, UnknownPermission, LastAdmin."""
        await self._sessions.require_live(caller)
        if name not in DEFAULTS:
            raise UnknownRole("There is no such role.", field=["role"])
        wanted = sorted(set(permissions))
        unknown = [permission for permission in wanted if permission not in grantable(name)]
        if unknown:
            raise UnknownPermission(f"{name} cannot have {', '.join(unknown)}.", field=["permissions"])
        if name == ADMIN and not set(wanted) >= ADMINISTERS:
            needed = " and ".join(sorted(ADMINISTERS))
            raise LastAdmin(f"ADMIN keeps {needed}: nobody could give them back.", field=["permissions"])

        async def work() -> Role:
            await self._kept.roles.keep(name, wanted)
            record = audited(SOURCE, caller, self._clock, action="role.set_permissions", resource=("Role", name))
            self._store.publish(record)
            return Role(name, wanted)

        return await self._store.transaction(work)

    async def _change(
        self, caller: Caller, account_id: str, action: str, change: Callable[[AccountDocument], EventData | None]
    ) -> AccountDocument:
        await self._sessions.require_live(caller)

        async def work() -> AccountDocument:
            account = await self._kept.accounts.get(account_id)
            if account is None:
                raise NoSuchThing(field=["accountId"])
            was_admin = administers(account)
            fact = change(account)
            if fact is None:
                return account
            await self._kept.accounts.keep(account)
            if was_admin and not administers(account):
                await self.require_another_admin()
            if account.status is AccountStatus.SUSPENDED:
                await self._sessions.end_all(account.id)
            self._store.publish(
                event(SOURCE, account.id, fact, self._clock),
                audited(SOURCE, caller, self._clock, action=action, resource=("Account", account.id)),
            )
            return account

        return await self._store.transaction(work)

    async def require_another_admin(self) -> None:
        """Let the transaction that ends an admin pass alone; raises LastAdmin if it leaves none."""
        await self._kept.guards.pass_alone(ADMINS_GUARD)
        if await self._kept.accounts.count_active(ADMIN) == 0:
            raise LastAdmin(field=["accountId"])


def administers(account: AccountDocument) -> bool:
    """Tell whether an account is an admin's who may sign in."""
    return ADMIN in account.roles and account.status is AccountStatus.ACTIVE


def _check_role(role: str) -> None:
    if role not in PEOPLES_ROLES:
        raise UnknownRole(field=["role"])


def _checked_reason(reason: str) -> str:
    given = reason.strip()
    if not 1 <= len(given) <= LONGEST_REASON or not is_plain(given):
        raise BadUserInput(f"Give a reason of at most {LONGEST_REASON} characters.", field=["reason"])
    return given
