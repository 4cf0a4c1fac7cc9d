"""What the directory can be asked: its filters and its orders."""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from shared.errors import BadUserInput
from shared.money import Money
from shared.pagination import PageRequest
from shared.stores.words import fold, words_filter
from subgraphs.doctors.documents import DoctorDocument, DoctorStatus, Place, Speciality
from subgraphs.doctors.repository.doctors import ACTIVATED
from subgraphs.doctors.repository.standing import NEVER, fee_rank

EARTH_RADIUS_KM = 6371.0088


class DoctorSort(Enum):
    """The orders of the directory."""

    RATING_DESC = "RATING_DESC"
    FEE_ASC = "FEE_ASC"
    FEE_DESC = "FEE_DESC"
    EXPERIENCE_DESC = "EXPERIENCE_DESC"
    NEXT_AVAILABLE = "NEXT_AVAILABLE"


ORDERS: dict[DoctorSort, tuple[str, int]] = {
    DoctorSort.RATING_DESC: ("rating", 1),
    DoctorSort.FEE_ASC: ("fee", 1),
    DoctorSort.FEE_DESC: ("fee", -1),
    DoctorSort.EXPERIENCE_DESC: ("experience", 1),
    DoctorSort.NEXT_AVAILABLE: ("next", 1),
}
"""The kind of standing that each order goes by, and which way."""


@dataclass(frozen=True, slots=True)
class Near:
    """A circle on the Earth: degrees and kilometres."""

    latitude: float
    longitude: float
    within_km: float


@dataclass(frozen=True, slots=True)
class DirectoryQuery:
    """Which doctors are asked for; every filter that is given must hold."""

    status: DoctorStatus = DoctorStatus.ACTIVE
    speciality: Speciality | None = None
    city: str | None = None
    language: str | None = None
    text: str | None = None
    min_rating: float | None = None
    max_fee: Money | None = None
    available_on: date | None = None
    near: Near | None = None

    def as_filter(self) -> dict[str, Any]:
        """Answer the filter."""
        found: list[dict[str, Any]] = [{"status": self.status.value}]
        if self.status is not DoctorStatus.ACTIVE:
            found.append(ACTIVATED)
        if self.speciality is not None:
            found.append({"speciality": self.speciality.value})
        if self.city is not None and self.city.strip():
            found.append({"city_key": fold(self.city)})
        if self.language is not None and self.language.strip():
            found.append({"language_keys": fold(self.language)})
        if self.text is not None and self.text.strip():
            found.append(words_filter(self.text))
        if self.min_rating is not None:
            found.append({"average": {"$gte": self.min_rating}})
        if self.max_fee is not None:
            found.append({"fee_currency": self.max_fee.currency})
            found.append({"standing.fee.a": {"$lte": fee_rank(self.max_fee.amount)}})
        if self.available_on is not None:
            found.append({"open_dates": self.available_on.isoformat()})
        if self.near is not None:
            found.append({"location": {"$geoWithin": {"$centerSphere": _circle(self.near)}}})
        return {"$and": found}


@dataclass(frozen=True, slots=True)
class Placed:
    """A doctor with the place that they have in an edition of a list."""

    doctor: DoctorDocument
    place: Place
    edition: int

    def cursor_key(self, sort: DoctorSort) -> list[int | str]:
        """Answer what the cursor of this row holds."""
        return [sort.value, self.edition, *self.place.values()]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: beyond a place, in an edition."""

    edition: int
    place: Place

    @classmethod
    def of(cls, request: PageRequest, sort: DoctorSort) -> "Position | None":
        """Read a cursor; raises BadUserInput for one of another list, or one that we did not write."""
        if request.key is None:
            return None
        match request.key:
            case [str() as of_sort, int() as edition, int() as first, int() | str() as second, str() as doctor_id] if (
                of_sort == sort.value and max(abs(edition), abs(first)) <= NEVER
            ):
                return cls(edition, {"a": first, "b": second, "id": doctor_id})
            case _:
                argument = "before" if request.backward else "after"
                raise BadUserInput("The cursor is of another list.", field=[argument])


def _circle(near: Near) -> list[Any]:
    return [[near.longitude, near.latitude], near.within_km / EARTH_RADIUS_KM]
