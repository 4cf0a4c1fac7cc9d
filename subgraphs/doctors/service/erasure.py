"""Erasing a doctor whose account is gone.

What patients' records name stays: the name, the registration, speciality and qualifications. Patients have a right to
know who treated them, and the law asks for it. How to reach the doctor, where they practise, what they wrote of
themselves and their documents are deleted, and the doctor is off the directory for good.
"""

from contextlib import suppress
from typing import Any

from shared.blobs.archive import DocumentArchive
from subgraphs.doctors.documents import Address, DoctorDocument, DoctorStatus
from subgraphs.doctors.errors import NoSuchDoctor
from subgraphs.doctors.events import DoctorErased
from subgraphs.doctors.service.changing import DoctorChanger
from subgraphs.doctors.service.details import derived

NOWHERE = Address(line1="", line2=None, city="", region=None, postal_code=None, country_code="")


class ErasureService:
    """Erases doctors."""

    def __init__(self, changer: DoctorChanger, archive: DocumentArchive) -> None:
        self._changer = changer
        self._archive = archive

    async def erase(self, doctor_id: str, version: int) -> None:
        """Erase what is personal, and the documents; doing it again, or for whom there is none, changes nothing."""
        kept: dict[str, Any] = {
            "status": DoctorStatus.SUSPENDED,
            "email": "",
            "phone": "",
            "date_of_birth": None,
            "bio": None,
            "address": NOWHERE,
            "location": None,
        }

        async def work() -> DoctorDocument:
            doctor = await self._changer.doctors.get(doctor_id)
            if doctor is None or not doctor.email:
                raise NoSuchDoctor
            searched = derived(doctor.model_copy(update=kept))
            change = {**kept, "status": DoctorStatus.SUSPENDED.value, "address": NOWHERE.model_dump(), **searched}
            change |= {"account_version": version, "availability_due": self._changer.clock.now()}
            erased = await self._changer.doctors.change(doctor_id, {"$set": change, "$inc": {"version": 1}})
            assert erased is not None, "it was there in this transaction"
            self._changer.announce(erased, DoctorErased)
            return erased

        with suppress(NoSuchDoctor):
            await self._changer.commit(doctor_id, work)
        await self._archive.delete_all(doctor_id)
