"""What is asked of the doctors subgraph: whether a doctor takes bookings, where, and for how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.clients.entities import EntityClient
from shared.money import Money
from subgraphs.appointments.errors import DoctorNotBookable, NoSuchObject

FIELDS = "status timeZone consultationFee { amount currency }"


@dataclass(frozen=True, slots=True)
class Doctor:
    """The facts that matter here; `zone` is the doctor's time zone by its IANA name."""

    id: str
    active: bool
    zone: str
    fee: Money


class Doctors:
    """Answers facts about doctors: cached for a short while to list, fresh to book."""

    def __init__(self, entities: EntityClient) -> None:
        self._entities = entities

    async def facts(self, doctor_ids: Sequence[str], *, fresh: bool = False) -> dict[str, Doctor]:
        """Answer what is known of those that exist."""
        asked = list(dict.fromkeys(doctor_ids))
        found = await self._entities.entities("doctors", "Doctor", asked, FIELDS, fresh=fresh)
        return {id_: _read(id_, doctor) for id_, doctor in zip(asked, found, strict=True) if doctor is not None}

    async def existing(self, doctor_id: str, *, fresh: bool = False) -> Doctor:
        """Answer a doctor whatever their status; raises NoSuchObject."""
        found = (await self.facts([doctor_id], fresh=fresh)).get(doctor_id)
        if found is None:
            raise NoSuchObject(field=["doctorId"])
        return found

    async def bookable(self, doctor_id: str, *, fresh: bool = True) -> Doctor:
        """Answer a doctor who takes bookings, at this moment if `fresh`; raises NoSuchObject, DoctorNotBookable."""
        doctor = await self.existing(doctor_id, fresh=fresh)
        if not doctor.active:
            raise DoctorNotBookable(field=["doctorId"])
        return doctor

    def forget(self, doctor_id: str) -> None:
        """Drop what is cached: the owner said that it changed."""
        self._entities.invalidate("Doctor", doctor_id)


def _read(doctor_id: str, doctor: dict[str, Any]) -> Doctor:
    fee = doctor["consultationFee"]
    return Doctor(
        id=doctor_id,
        active=doctor["status"] == "ACTIVE",
        zone=doctor["timeZone"],
        fee=Money(Decimal(fee["amount"]), fee["currency"]),
    )
