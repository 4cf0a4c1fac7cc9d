"""How a doctor joins: profile first, account second, as patients do (the two never meet in code, only in the protocol).

The profile is inserted without an account, which hides it from everyone; then the security subgraph is asked for the
account. A refusal deletes the profile. If this process dies in between, the `account.created` event completes the
registration; a profile that never got an account is deleted after a day.
"""

from datetime import timedelta

from shared import checks
from shared.clients.accounts import AccountClient
from shared.errors import Refusal
from shared.ids import new_id
from subgraphs.doctors.documents import DoctorDocument
from subgraphs.doctors.errors import NoSuchDoctor
from subgraphs.doctors.events import DoctorRegistered
from subgraphs.doctors.service.changing import DoctorChanger
from subgraphs.doctors.service.details import (
    LONGEST_BIO,
    NewDoctor,
    checked_address,
    checked_fee,
    checked_years,
    derived,
)

DOCTOR_ID_PREFIX = "doc"
LONGEST_EMAIL = 254
ORPHANED_AFTER = timedelta(days=1)


class RegistrationService:
    """Registers doctors."""

    def __init__(self, changer: DoctorChanger, accounts: AccountClient) -> None:
        self._changer = changer
        self._accounts = accounts

    async def register(self, new: NewDoctor) -> DoctorDocument:
        """Make a profile, PENDING review, and its account.

        Raises InvalidInput, EmailTaken, WeakPassword, each naming the field.
        """
        profile = self._checked(new)
        await self._changer.doctors.add(profile)
        try:
            account_id = await self._accounts.create(
                email=profile.email, password=new.password, role="DOCTOR", profile_id=profile.id
            )
        except Refusal:
            await self._changer.doctors.delete_unregistered(profile.id)
            raise
        return await self._changer.commit(profile.id, lambda: self._activate(profile.id, account_id))

    async def activate(self, doctor_id: str, account_id: str) -> None:
        """Complete a registration; doing it again, or for a profile that is gone, changes nothing."""
        try:
            await self._changer.commit(doctor_id, lambda: self._activate(doctor_id, account_id))
        except NoSuchDoctor:
            return

    async def delete_orphans(self) -> None:
        """Delete registrations that never got an account."""
        await self._changer.doctors.delete_orphans(self._changer.clock.now() - ORPHANED_AFTER)

    async def _activate(self, doctor_id: str, account_id: str) -> DoctorDocument:
        doctors = self._changer.doctors
        change = {"$set": {"account_id": account_id}, "$inc": {"version": 1}}
        doctor = await doctors.change(doctor_id, change, where={"account_id": None})
        if doctor is not None:
            self._changer.announce(doctor, DoctorRegistered)
            return doctor
        registered = await doctors.get(doctor_id)
        if registered is None:
            raise NoSuchDoctor
        return registered

    def _checked(self, new: NewDoctor) -> DoctorDocument:
        now = self._changer.clock.now()
        born = checks.date_of_birth(new.date_of_birth, now.date(), "dateOfBirth") if new.date_of_birth else None
        doctor: DoctorDocument = DoctorDocument(
            id=new_id(DOCTOR_ID_PREFIX),
            email=checks.line(new.email, "email", limit=LONGEST_EMAIL),
            first_name=checks.name(new.first_name, "firstName"),
            last_name=checks.name(new.last_name, "lastName"),
            date_of_birth=born.isoformat() if born else None,
            phone=checks.phone(new.phone, "phone"),
            registration_number=checks.line(new.registration_number, "registrationNumber"),
            speciality=new.speciality,
            qualifications=checks.lines(new.qualifications, "qualifications"),
            years_of_experience=checked_years(new.years_of_experience),
            languages=checks.lines(new.languages, "languages"),
            bio=checks.paragraph(new.bio, "bio", limit=LONGEST_BIO),
            time_zone=checks.time_zone(new.time_zone, "timeZone"),
            **checked_fee(new.consultation_fee),
            **checked_address(new.address),
            city_key="",
            language_keys=[],
            words=[],
            availability_due=now,
            created_at=now,
        )
        complete: DoctorDocument = doctor.model_copy(update=derived(doctor))
        return complete
