"""What clients send."""

import math
from datetime import date
from typing import cast

import strawberry

from shared.errors import BadUserInput
from shared.graphql.values import MoneyInput
from subgraphs.doctors.documents import DoctorStatus, Speciality
from subgraphs.doctors.repository import DirectoryQuery, DoctorSort, Near
from subgraphs.doctors.service import AddressDetails, DoctorChanges, Fee, NewDoctor, Point

strawberry.enum(DoctorSort)
DEFAULT_KM = 50.0
FARTHEST_KM = 20_000.0
MOST_STARS = 5


@strawberry.input
class GeoPointInput:
    latitude: float
    longitude: float

    def read(self) -> Point:
        """Answer the point, unchecked."""
        return Point(self.latitude, self.longitude)


@strawberry.input
class AddressInput:
    line1: str
    line2: str | None = None
    city: str
    region: str | None = None
    postal_code: str | None = None
    country_code: str
    location: GeoPointInput | None = None

    def read(self) -> AddressDetails:
        """Answer what was filled in, unchecked."""
        return AddressDetails(
            line1=self.line1,
            line2=self.line2,
            city=self.city,
            region=self.region,
            postal_code=self.postal_code,
            country_code=self.country_code,
            location=self.location.read() if self.location else None,
        )


@strawberry.input(description="`status` other than ACTIVE: reviewers only.")
class DoctorFilter:
    status: DoctorStatus | None = None
    speciality: Speciality | None = None
    city: str | None = None
    language: str | None = None
    text: str | None = None
    min_rating: float | None = None
    max_fee: MoneyInput | None = None
    available_on: date | None = None
    near: GeoPointInput | None = None
    within_km: float | None = None

    def read(self) -> DirectoryQuery:
        """Answer the query; raises BadUserInput naming what makes no sense."""
        if self.min_rating is not None and not 0 <= self.min_rating <= MOST_STARS:
            raise BadUserInput("A rating is between 0 and 5.", field=["filter", "minRating"])
        return DirectoryQuery(
            status=self.status or DoctorStatus.ACTIVE,
            speciality=self.speciality,
            city=self.city,
            language=self.language,
            text=self.text,
            min_rating=self.min_rating,
            max_fee=self.max_fee.read("filter", "maxFee") if self.max_fee else None,
            available_on=self.available_on,
            near=self._near(),
        )

    def _near(self) -> Near | None:
        if self.near is None:
            if self.within_km is not None:
                raise BadUserInput("Within so many km of what? Give `near` too.", field=["filter", "withinKm"])
            return None
        kilometres = DEFAULT_KM if self.within_km is None else self.within_km
        if not 0 < kilometres <= FARTHEST_KM:
            raise BadUserInput(f"Expected more than 0 and up to {FARTHEST_KM:g} km.", field=["filter", "withinKm"])
        if not (math.fabs(self.near.latitude) <= 90 and math.fabs(self.near.longitude) <= 180):  # noqa: PLR2004  Degrees.
            raise BadUserInput("There is no such place on the Earth.", field=["filter", "near"])
        return Near(self.near.latitude, self.near.longitude, kilometres)


@strawberry.input
class RegisterDoctorInput:
    email: str
    password: str
    first_name: str
    last_name: str
    date_of_birth: date | None = None
    phone: str
    registration_number: str
    speciality: Speciality | None = Speciality.GENERAL_PHYSICIAN
    qualifications: list[str]
    years_of_experience: int
    languages: list[str]
    bio: str | None = None
    consultation_fee: MoneyInput
    time_zone: str
    address: AddressInput

    def read(self) -> NewDoctor:
        """Answer what was filled in, unchecked."""
        return NewDoctor(
            email=self.email,
            password=self.password,
            first_name=self.first_name,
            last_name=self.last_name,
            date_of_birth=self.date_of_birth,
            phone=self.phone,
            registration_number=self.registration_number,
            speciality=self.speciality or Speciality.GENERAL_PHYSICIAN,
            qualifications=self.qualifications,
            years_of_experience=self.years_of_experience,
            languages=self.languages,
            bio=self.bio,
            consultation_fee=Fee(self.consultation_fee.amount, self.consultation_fee.currency),
            time_zone=self.time_zone,
            address=self.address.read(),
        )


@strawberry.input
class UpdateDoctorInput:
    bio: str | None = strawberry.UNSET
    qualifications: list[str] | None = strawberry.UNSET
    languages: list[str] | None = strawberry.UNSET
    consultation_fee: MoneyInput | None = strawberry.UNSET
    time_zone: str | None = strawberry.UNSET
    phone: str | None = strawberry.UNSET
    address: AddressInput | None = strawberry.UNSET

    def read(self) -> DoctorChanges:
        """Answer only what was sent: a null is not the same as nothing."""
        sent = {name: value for name, value in vars(self).items() if value is not strawberry.UNSET}
        if self.consultation_fee:
            sent["consultation_fee"] = Fee(self.consultation_fee.amount, self.consultation_fee.currency)
        if self.address:
            sent["address"] = self.address.read()
        return cast("DoctorChanges", sent)


@strawberry.input
class ReviewDoctorInput:
    doctor_id: strawberry.ID
    comments: str
