"""What is kept: ratings, and one aggregate for each doctor, changed in the same transaction as the rating."""

from datetime import datetime
from enum import Enum
from typing import ClassVar

from beanie import Document
from pymongo import ASCENDING, DESCENDING, IndexModel


class RatingStatus(Enum):
    """Whether the public sees a rating."""

    PUBLISHED = "PUBLISHED"
    HIDDEN = "HIDDEN"


class RatingDocument(Document):
    """One patient's rating of one appointment; `stars` 1 to 5."""

    id: str  # type: ignore[assignment]  # Beanie's default id is an ObjectId; ours are type-prefixed ULIDs.
    appointment_id: str
    doctor_id: str
    user_id: str
    author: str
    stars: int
    comment: str | None
    status: RatingStatus
    moderation_reason: str | None = None
    created_at: datetime

    class Settings:
        name = "ratings"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("appointment_id", ASCENDING)], unique=True),
            IndexModel([("user_id", ASCENDING)]),
            IndexModel([("doctor_id", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
        ]


class AggregateDocument(Document):
    """A doctor's published ratings, counted; the id is the doctor's. `version` grows by one at each change."""

    id: str  # type: ignore[assignment]  # As above.
    ratings: int = 0
    total_stars: int = 0
    version: int = 0

    class Settings:
        name = "aggregates"


DOCUMENTS = (RatingDocument, AggregateDocument)
