"""What is kept in MongoDB: prescriptions, each version a document of its own, whose content never changes."""

from datetime import datetime
from typing import ClassVar

from beanie import Document
from pydantic import BaseModel
from pymongo import ASCENDING, DESCENDING, IndexModel


class Medicine(BaseModel):
    """One medicine and how to take it."""

    name: str
    type: str
    dosage: str
    frequency: str
    duration_days: int
    remarks: str | None = None


class PrescriptionDocument(Document):
    """What a doctor prescribed at an appointment; `blob_key` is its PDF, empty once the patient was erased.

    `user_left` tells that they were: `user_id` leads to nobody.
    """

    id: str  # type: ignore[assignment]  # Beanie's default id is an ObjectId; ours are type-prefixed ULIDs.
    appointment_id: str
    doctor_id: str
    user_id: str
    diagnosis: str
    medicines: list[Medicine]
    advice: str | None
    version: int
    blob_key: str
    issued_at: datetime
    user_left: bool = False

    class Settings:
        name = "prescriptions"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("appointment_id", ASCENDING), ("version", DESCENDING)], unique=True),
            IndexModel([("user_id", ASCENDING), ("issued_at", DESCENDING), ("_id", DESCENDING)]),
        ]


DOCUMENTS = (PrescriptionDocument,)
