"""What is kept: patients' profiles, the records of their documents, and which doctor has seen which patient."""

from datetime import datetime
from typing import ClassVar

from beanie import Document
from pymongo import ASCENDING, DESCENDING, IndexModel

from shared.blobs.archive import ArchivedFile


class UserDocument(Document):
    """One patient. Without an `account_id` the registration is under way, and nobody sees the profile.

    `date_of_birth` is ISO text; `email_key` is the address in one case; `words` are what the text search finds.
    """

    id: str  # type: ignore[assignment]  # Beanie's default id is an ObjectId; ours are type-prefixed ULIDs.
    account_id: str | None = None
    email: str
    email_key: str
    first_name: str
    last_name: str
    phone: str | None
    date_of_birth: str | None
    time_zone: str
    locale: str
    words: list[str]
    version: int = 0
    files_begun: int = 0
    created_at: datetime

    class Settings:
        name = "users"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("account_id", ASCENDING)], unique=True, partialFilterExpression={"account_id": {"$type": "string"}}
            ),
            IndexModel([("created_at", DESCENDING), ("_id", DESCENDING)]),
            IndexModel([("email_key", ASCENDING)]),
            IndexModel([("words", ASCENDING)]),
        ]


class FileDocument(ArchivedFile, Document):
    """The record of one document of a patient."""


class CareDocument(Document):
    """A doctor who has, or had, an appointment with a patient; `confirmed` once one was paid. The id names both."""

    id: str  # type: ignore[assignment]  # As above.
    doctor_id: str
    user_id: str
    confirmed: bool = False

    class Settings:
        name = "care"
        indexes: ClassVar[list[IndexModel]] = [IndexModel([("user_id", ASCENDING)])]


DOCUMENTS = (UserDocument, FileDocument, CareDocument)
