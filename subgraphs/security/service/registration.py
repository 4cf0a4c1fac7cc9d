"""How accounts come to be: a profile's subgraph asks for one, or an operator makes the first admin."""

from dataclasses import dataclass
from typing import Literal

from shared.errors import BadUserInput
from shared.events.declared import event
from shared.ids import new_id
from subgraphs.security.documents import AccountDocument
from subgraphs.security.errors import EmailTaken
from subgraphs.security.events import SOURCE, AccountCreated
from subgraphs.security.service.addresses import checked_email
from subgraphs.security.service.ground import Ground
from subgraphs.security.service.passwords import Passwords, check_policy
from subgraphs.security.service.permissions import ADMIN

PREFIXES = {"PATIENT": "usr_", "DOCTOR": "doc_"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account that a profile's subgraph asks for."""

    email: str
    password: str
    role: Literal["PATIENT", "DOCTOR"]
    profile_id: str
    idempotency_key: str


class Registration:
    """Makes accounts."""

    def __init__(self, ground: Ground, passwords: Passwords) -> None:
        self._store = ground.store
        self._clock = ground.clock
        self._accounts = ground.kept.accounts
        self._passwords = passwords

    async def create(self, wanted: Wanted) -> AccountDocument:
        """Make an account with its profile's role, or answer the one that was made under the same key.

        Raises InvalidEmail, WeakPassword, EmailTaken; BadUserInput for a key that was used for something else.
        """
        if not wanted.idempotency_key or not wanted.profile_id.startswith(PREFIXES[wanted.role]):
            raise BadUserInput("A profile's id and a key are needed.", field=["profileId"])
        email = checked_email(wanted.email)
        made = await self._made_before(wanted, email)
        if made is not None:
            return made
        check_policy(wanted.password, email, "password")
        account = AccountDocument(
            id=new_id("acc"),
            email=email,
            roles=[wanted.role],
            profile_id=wanted.profile_id,
            idempotency_key=wanted.idempotency_key,
            password_hash=await self._passwords.hash(wanted.password),
            created_at=self._clock.now(),
        )
        created = AccountCreated(
            account_id=account.id, profile_id=wanted.profile_id, role=wanted.role, version=account.version
        )

        async def work() -> None:
            await self._accounts.add(account)
            self._store.publish(event(SOURCE, account.id, created, self._clock))

        try:
            await self._store.transaction(work)
        except EmailTaken:
            # The same request may have run twice at once, and the other one was first.
            made = await self._made_before(wanted, email)
            if made is None:
                raise
            return made
        return account

    async def ensure_first_admin(self, email: str, password: str) -> str | None:
        """Make an admin if the platform has none, and answer its id; None if there is one. Raises as `ensure_admin`."""
        if await self._accounts.count_active(ADMIN):
            return None
        return await self.ensure_admin(email, password)

    async def ensure_admin(self, email: str, password: str) -> str:
        """Make an admin, whose e-mail the operator vouches for, and answer its id; an admin's account stays as it is.

        Raises InvalidEmail, WeakPassword; EmailTaken if the e-mail is somebody's who is no admin: nobody is promoted
        by it, and no password is overwritten.
        """
        address = checked_email(email)
        found = await self._accounts.by_email(address)
        if found is not None and ADMIN in found.roles:
            return found.id
        check_policy(password, address, "password")
        account = AccountDocument(
            id=new_id("acc"),
            email=address,
            email_verified=True,
            roles=[ADMIN],
            password_hash=await self._passwords.hash(password),
            created_at=self._clock.now(),
        )
        try:
            await self._store.transaction(lambda: self._accounts.add(account))
        except EmailTaken:
            # Several processes may start at once, each to make the first admin.
            winner = await self._accounts.by_email(address)
            if winner is None or ADMIN not in winner.roles:
                raise
            return winner.id
        return account.id

    async def _made_before(self, wanted: Wanted, email: str) -> AccountDocument | None:
        made = await self._accounts.by_idempotency_key(wanted.idempotency_key)
        if made is not None and (made.email, made.profile_id) != (email, wanted.profile_id):
            raise BadUserInput("The key was used for another account.", field=["idempotencyKey"])
        return made
