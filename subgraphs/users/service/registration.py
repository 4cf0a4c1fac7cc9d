"""How a patient joins: profile first, account second.

The profile is inserted without an account, which hides it from everyone; then the security subgraph is asked for the
account. A refusal deletes the profile. If this process dies in between, the `account.created` event completes the
registration; a profile that never got an account is deleted after a day.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from shared import checks
from shared.clients.accounts import AccountClient
from shared.clock import Clock
from shared.errors import Refusal
from shared.events.declared import event
from shared.ids import new_id
from shared.stores.store import Store
from shared.stores.words import fold, words_of
from subgraphs.users.documents import UserDocument
from subgraphs.users.errors import NoSuchUser
from subgraphs.users.events import SOURCE, UserRegistered
from subgraphs.users.repository import UserRepository

USER_ID_PREFIX = "usr"
DEFAULT_LOCALE = "en"
LONGEST_EMAIL = 254
ORPHANED_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewUser:
    """What a patient fills in, unchecked."""

    email: str
    password: str
    first_name: str
    last_name: str
    time_zone: str
    phone: str | None = None
    date_of_birth: date | None = None
    locale: str | None = None


class RegistrationService:
    """Registers patients."""

    def __init__(self, store: Store, repository: UserRepository, accounts: AccountClient, clock: Clock) -> None:
        self._store = store
        self._repository = repository
        self._accounts = accounts
        self._clock = clock

    async def register(self, new: NewUser) -> UserDocument:
        """Make a profile and its account.

        Raises InvalidInput, EmailTaken, WeakPassword, each naming the field.
        """
        profile = self._checked(new)
        await self._repository.add(profile)
        try:
            account_id = await self._accounts.create(
                email=profile.email, password=new.password, role="PATIENT", profile_id=profile.id
            )
        except Refusal:
            await self._repository.delete_unregistered(profile.id)
            raise
        await self.activate(profile.id, account_id)
        registered = await self._repository.get(profile.id)
        if registered is None:
            raise NoSuchUser
        return registered

    async def activate(self, user_id: str, account_id: str) -> None:
        """Complete a registration; doing it again, or for a profile that is gone, changes nothing."""

        async def work() -> None:
            user = await self._repository.activate(user_id, account_id)
            if user is not None:
                registered = UserRegistered(user_id=user.id, account_id=account_id, version=user.version)
                self._store.publish(event(SOURCE, user.id, registered, self._clock))

        await self._store.transaction(work)

    async def delete_orphans(self) -> None:
        """Delete registrations that never got an account."""
        await self._repository.delete_orphans(self._clock.now() - ORPHANED_AFTER)

    def _checked(self, new: NewUser) -> UserDocument:
        now = self._clock.now()
        email = checks.line(new.email, "email", limit=LONGEST_EMAIL)
        first_name, last_name = checks.name(new.first_name, "firstName"), checks.name(new.last_name, "lastName")
        phone = checks.phone(new.phone, "phone") if new.phone else None
        born = checks.date_of_birth(new.date_of_birth, now.date(), "dateOfBirth") if new.date_of_birth else None
        return UserDocument(
            id=new_id(USER_ID_PREFIX),
            email=email,
            email_key=fold(email),
            first_name=first_name,
            last_name=last_name,
            phone=phone,
            date_of_birth=born.isoformat() if born else None,
            time_zone=checks.time_zone(new.time_zone, "timeZone"),
            locale=checks.locale(new.locale, "locale") if new.locale else DEFAULT_LOCALE,
            words=words_of([first_name, last_name, email, phone]),
            created_at=now,
        )
