"""What is kept: doctors' profiles with all that the directory filters and sorts by, and records of their documents."""

from datetime import datetime
from enum import Enum
from typing import Any, ClassVar

from beanie import Document
from pydantic import BaseModel, Field
from pymongo import ASCENDING, GEOSPHERE, IndexModel

from shared.blobs.archive import ArchivedFile

Place = dict[str, int | str]
"""A sort key as a sub-document: MongoDB compares those field by field, so one index serves order and cursor."""


class DoctorStatus(Enum):
    """How far a doctor's vetting has come."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    REJECTED = "REJECTED"
    SUSPENDED = "SUSPENDED"


class Speciality(Enum):
    """What a doctor practises."""

    GENERAL_PHYSICIAN = "GENERAL_PHYSICIAN"
    CARDIOLOGIST = "CARDIOLOGIST"
    DENTIST = "DENTIST"
    PULMONOLOGIST = "PULMONOLOGIST"
    ENT = "ENT"
    GASTROENTEROLOGIST = "GASTROENTEROLOGIST"
    DERMATOLOGIST = "DERMATOLOGIST"
    GYNECOLOGIST = "GYNECOLOGIST"
    NEUROLOGIST = "NEUROLOGIST"
    ONCOLOGIST = "ONCOLOGIST"
    OPHTHALMOLOGIST = "OPHTHALMOLOGIST"
    ORTHOPEDIST = "ORTHOPEDIST"
    PEDIATRICIAN = "PEDIATRICIAN"
    PSYCHIATRIST = "PSYCHIATRIST"
    UROLOGIST = "UROLOGIST"


class Address(BaseModel):
    """Where a doctor practises."""

    line1: str
    line2: str | None
    city: str
    region: str | None
    postal_code: str | None
    country_code: str


class Review(BaseModel):
    """One decision of a reviewer, an account."""

    decision: str
    reviewer_id: str
    comment: str
    at: datetime


class EarlierStanding(BaseModel):
    """Where a doctor stood in the sorted lists until a change, by that change's number."""

    until: int
    standing: dict[str, Place]


class DoctorDocument(Document):
    """One doctor. Without an `account_id` the registration is under way, and nobody sees the profile.

    `standing` is the doctor's place in each sorted list since change number `since`; `earlier` are those before, oldest
    first. `city_key`, `language_keys`, `words` and `location` (GeoJSON) are what filters compare. `fee_amount` is a
    decimal, as text. `next_available`, `open_dates` and their bookkeeping (`availability_…`) are asked of appointments.
    """

    id: str  # type: ignore[assignment]  # Beanie's default id is an ObjectId; ours are type-prefixed ULIDs.
    account_id: str | None = None
    account_version: int = 0
    email: str
    first_name: str
    last_name: str
    date_of_birth: str | None
    phone: str
    registration_number: str
    status: DoctorStatus = DoctorStatus.PENDING
    speciality: Speciality
    qualifications: list[str]
    years_of_experience: int
    languages: list[str]
    bio: str | None
    fee_amount: str
    fee_currency: str
    time_zone: str
    address: Address
    location: dict[str, Any] | None
    city_key: str
    language_keys: list[str]
    words: list[str]
    reviews: list[Review] = Field(default_factory=list)
    total_stars: int = 0
    rating_count: int = 0
    rating_version: int = 0
    average: float | None = None
    open_dates: list[str] = Field(default_factory=list)
    next_available: datetime | None = None
    availability_asked: int = 0
    availability_answered: int = 0
    availability_wait: int = 0
    availability_due: datetime
    standing: dict[str, Place] = Field(default_factory=dict)
    since: int = 0
    earlier: list[EarlierStanding] = Field(default_factory=list)
    version: int = 0
    files_begun: int = 0
    created_at: datetime

    class Settings:
        name = "doctors"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("account_id", ASCENDING)], unique=True, partialFilterExpression={"account_id": {"$type": "string"}}
            ),
            *(
                IndexModel([("status", ASCENDING), (f"standing.{kind}", ASCENDING)])
                for kind in ("rating", "fee", "experience", "next")
            ),
            IndexModel([("status", ASCENDING), ("speciality", ASCENDING), ("standing.rating", ASCENDING)]),
            IndexModel([("status", ASCENDING), ("city_key", ASCENDING), ("standing.rating", ASCENDING)]),
            IndexModel([("status", ASCENDING), ("words", ASCENDING)]),
            IndexModel([("status", ASCENDING), ("average", ASCENDING)]),
            IndexModel([("status", ASCENDING), ("open_dates", ASCENDING)]),
            IndexModel([("status", ASCENDING), ("availability_due", ASCENDING)]),
            IndexModel([("location", GEOSPHERE)], sparse=True),
            IndexModel([("since", ASCENDING)]),
        ]


class FileDocument(ArchivedFile, Document):
    """The record of one document of a doctor."""


class CounterDocument(Document):
    """A number that grows by one at each change of its kind."""

    id: str  # type: ignore[assignment]  # As above.
    value: int = 0

    class Settings:
        name = "counters"


DOCUMENTS = (DoctorDocument, FileDocument, CounterDocument)
