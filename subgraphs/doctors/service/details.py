"""What doctors fill in, and its normal form: the fields that are kept, with those that the directory compares."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypedDict

from shared import checks
from shared.checks import InvalidInput
from shared.errors import BadUserInput
from shared.money import Money
from shared.stores.words import fold, words_of
from subgraphs.doctors.documents import Address, DoctorDocument, Speciality

LONGEST_BIO = 2000
MOST_YEARS = 80
LONGEST_CODE = 50
MOST_DEGREES = (90.0, 180.0)


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the Earth, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class AddressDetails:
    """Where a doctor practises, unchecked."""

    line1: str
    line2: str | None
    city: str
    region: str | None
    postal_code: str | None
    country_code: str
    location: Point | None


@dataclass(frozen=True, slots=True)
class Fee:
    """What a consultation costs, unchecked."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class NewDoctor:
    """What a doctor fills in to join, unchecked."""

    email: str
    password: str
    first_name: str
    last_name: str
    date_of_birth: date | None
    phone: str
    registration_number: str
    speciality: Speciality
    qualifications: Sequence[str]
    years_of_experience: int
    languages: Sequence[str]
    bio: str | None
    consultation_fee: Fee
    time_zone: str
    address: AddressDetails


class DoctorChanges(TypedDict, total=False):
    """What a doctor changes; None clears the bio, and leaves the rest as it is."""

    bio: str | None
    qualifications: Sequence[str] | None
    languages: Sequence[str] | None
    consultation_fee: Fee | None
    time_zone: str | None
    phone: str | None
    address: AddressDetails | None


def checked_changes(changes: DoctorChanges) -> dict[str, Any]:
    """Answer the fields to set; raises InvalidInput naming the field."""
    fields: dict[str, Any] = {}
    if "bio" in changes:
        fields["bio"] = checks.paragraph(changes["bio"], "bio", limit=LONGEST_BIO)
    if (qualifications := changes.get("qualifications")) is not None:
        fields["qualifications"] = checks.lines(qualifications, "qualifications")
    if (languages := changes.get("languages")) is not None:
        fields["languages"] = checks.lines(languages, "languages")
    if (fee := changes.get("consultation_fee")) is not None:
        fields |= checked_fee(fee)
    if (time_zone := changes.get("time_zone")) is not None:
        fields["time_zone"] = checks.time_zone(time_zone, "timeZone")
    if (phone := changes.get("phone")) is not None:
        fields["phone"] = checks.phone(phone, "phone")
    if (address := changes.get("address")) is not None:
        fields |= checked_address(address)
    return fields


def checked_years(years: int) -> int:
    """Check the years of experience."""
    if not 0 <= years <= MOST_YEARS:
        raise InvalidInput(f"Expected 0 to {MOST_YEARS} years.", field=["yearsOfExperience"])
    return years


def checked_fee(fee: Fee) -> dict[str, Any]:
    """Answer the fields of a fee."""
    try:
        money = Money.parse(fee.amount, fee.currency, field=["consultationFee"])
    except BadUserInput as error:
        raise InvalidInput(error.text, field=error.field) from error
    return {"fee_amount": f"{money.amount:f}", "fee_currency": money.currency}


def checked_address(details: AddressDetails) -> dict[str, Any]:
    """Answer the fields of an address: `address` itself, and `location` as GeoJSON."""
    address = Address(
        line1=checks.line(details.line1, "address", "line1"),
        line2=checks.optional_line(details.line2, "address", "line2"),
        city=checks.line(details.city, "address", "city"),
        region=checks.optional_line(details.region, "address", "region"),
        postal_code=checks.optional_line(details.postal_code, "address", "postalCode", limit=LONGEST_CODE),
        country_code=checks.country_code(details.country_code, "address", "countryCode"),
    )
    return {"address": address, "location": _geo_json(details.location)}


def derived(doctor: DoctorDocument) -> dict[str, Any]:
    """Answer the fields that filters compare, as they follow from the others."""
    shown = [doctor.first_name, doctor.last_name, doctor.speciality.value.replace("_", " "), doctor.address.city]
    return {
        "city_key": fold(doctor.address.city),
        "language_keys": [fold(language) for language in doctor.languages],
        "words": words_of([*shown, *doctor.qualifications, *doctor.languages, doctor.bio]),
    }


def _geo_json(point: Point | None) -> dict[str, Any] | None:
    if point is None:
        return None
    for name, degrees, most in zip(
        ("latitude", "longitude"), (point.latitude, point.longitude), MOST_DEGREES, strict=True
    ):
        # A value that is not a number compares with nothing.
        if not -most <= degrees <= most:
            raise InvalidInput(f"Expected {-most:g} to {most:g} degrees.", field=["address", "location", name])
    return {"type": "Point", "coordinates": [point.longitude, point.latitude]}
