"""Profiles: who sees whom, changes of one's own, and the register for those who may read it.

A patient is seen by themselves, by holders of users:read, and by the doctors who have, or had, an appointment with
them. Documents may be clinical: of those, no permission opens any, only a paid appointment with the patient does.
"""

from datetime import date
from enum import Enum
from typing import TypedDict

from shared import checks
from shared.audit import audited
from shared.auth import Caller
from shared.clock import Clock
from shared.events.declared import event
from shared.events.envelope import Event
from shared.pagination import Page, PageRequest
from shared.stores.store import Store
from shared.stores.words import words_of
from subgraphs.users.documents import CareDocument, UserDocument
from subgraphs.users.errors import NoSuchUser
from subgraphs.users.events import SOURCE, UserUpdated
from subgraphs.users.repository import UserQuery, UserRepository

READ_PROFILE = "user.read"
READ_DOCUMENTS = "documents.list"
READ_REGISTER = "users.list"


class UserChanges(TypedDict, total=False):
    """What a patient changes; None clears what may be left out, and leaves the rest as it is."""

    first_name: str | None
    last_name: str | None
    date_of_birth: date | None
    phone: str | None
    time_zone: str | None
    locale: str | None


class Sight(Enum):
    """How much of a patient somebody sees."""

    NOTHING = "NOTHING"
    PROFILE = "PROFILE"
    DOCUMENTS = "DOCUMENTS"


class ProfileService:
    """Shows and changes profiles."""

    def __init__(self, store: Store, repository: UserRepository, clock: Clock) -> None:
        self._store = store
        self._repository = repository
        self._clock = clock

    def sight(self, caller: Caller, user_id: str, care: CareDocument | None) -> Sight:
        """Tell how much of a patient a caller sees; `care` is what the calling doctor has to do with them."""
        if caller.user_id == user_id or (care is not None and care.confirmed):
            return Sight.DOCUMENTS
        if care is not None or caller.may("users:read"):
            return Sight.PROFILE
        return Sight.NOTHING

    async def update(self, caller: Caller, changes: UserChanges) -> UserDocument:
        """Change the caller's own profile. Raises InvalidInput naming the field, NoSuchUser."""
        fields = self._checked(changes)

        async def work() -> UserDocument:
            before = await self._repository.get(caller.user_id or "")
            if before is None:
                raise NoSuchUser
            if all(getattr(before, name) == value for name, value in fields.items()):
                return before
            after = before.model_copy(update=fields)
            words = words_of([after.first_name, after.last_name, after.email, after.phone])
            user = await self._repository.change(before.id, {**fields, "words": words})
            if user is None or user.account_id is None:
                raise NoSuchUser
            updated = UserUpdated(user_id=user.id, account_id=user.account_id, version=user.version)
            self._store.publish(event(SOURCE, user.id, updated, self._clock))
            self._store.publish(self._deed(caller, "user.update", user.id))
            return user

        return await self._store.transaction(work)

    async def page(self, caller: Caller, query: UserQuery, request: PageRequest) -> Page[UserDocument]:
        """Answer a page of the register, newest first, to whom the access rule lets ask for it."""
        await self.note(caller, READ_REGISTER, "*")
        return await self._repository.page(query, request)

    async def count(self, query: UserQuery) -> int:
        """Answer how many patients a register holds."""
        return await self._repository.count(query)

    async def note(self, caller: Caller, action: str, user_id: str) -> None:
        """Put a look at a patient's record into the audit trail, but for one's own profile.

        Services only do what people began; nobody is signed in while they register.
        """
        own_profile = caller.user_id == user_id and action == READ_PROFILE
        if own_profile or caller.is_service or not caller.signed_in:
            return

        async def work() -> None:
            self._store.publish(self._deed(caller, action, user_id))

        await self._store.transaction(work)

    async def note_care(self, doctor_id: str, user_id: str, *, confirmed: bool) -> None:
        """Keep which doctor sees which patient."""
        await self._repository.note_care(doctor_id, user_id, confirmed=confirmed)

    def _deed(self, caller: Caller, action: str, user_id: str) -> Event:
        patient = user_id if user_id != "*" else None
        return audited(SOURCE, caller, self._clock, action=action, resource=("User", user_id), user_id=patient)

    def _checked(self, changes: UserChanges) -> dict[str, str | None]:
        fields: dict[str, str | None] = {}
        if (first_name := changes.get("first_name")) is not None:
            fields["first_name"] = checks.name(first_name, "firstName")
        if (last_name := changes.get("last_name")) is not None:
            fields["last_name"] = checks.name(last_name, "lastName")
        if (time_zone := changes.get("time_zone")) is not None:
            fields["time_zone"] = checks.time_zone(time_zone, "timeZone")
        if (locale := changes.get("locale")) is not None:
            fields["locale"] = checks.locale(locale, "locale")
        if "phone" in changes:
            fields["phone"] = checks.phone(changes["phone"], "phone") if changes["phone"] else None
        if "date_of_birth" in changes:
            born = changes["date_of_birth"]
            today = self._clock.now().date()
            fields["date_of_birth"] = checks.date_of_birth(born, today, "dateOfBirth").isoformat() if born else None
        return fields
