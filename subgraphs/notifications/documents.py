"""What is kept: one notification for each event, kind and recipient (a unique key), and patients' preferences."""

from datetime import datetime
from enum import Enum
from typing import Any, ClassVar

from beanie import Document
from pymongo import ASCENDING, DESCENDING, IndexModel

from shared.mail.ses_notices import Reason


class NotificationStatus(Enum):
    """SUPPRESSED: at the time of sending there was nothing to say any more, or the recipient gets or wants none."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"
    SUPPRESSED = "SUPPRESSED"


class NotificationChannel(Enum):
    """How it reaches people."""

    EMAIL = "EMAIL"


class Kind(Enum):
    """What is told; each has its words in every language of templates/."""

    VERIFY_EMAIL = "verify_email"
    PASSWORD_RESET = "password_reset"  # noqa: S105  A kind of mail.
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  A kind of mail.
    DATA_EXPORT = "data_export"
    WELCOME_PATIENT = "welcome_patient"
    WELCOME_DOCTOR = "welcome_doctor"
    DOCTOR_APPROVED = "doctor_approved"
    DOCTOR_REJECTED = "doctor_rejected"
    DOCTOR_SUSPENDED = "doctor_suspended"
    DOCTOR_REINSTATED = "doctor_reinstated"
    APPOINTMENT_BOOKED = "appointment_booked"
    APPOINTMENT_CONFIRMED = "appointment_confirmed"
    APPOINTMENT_RESCHEDULED = "appointment_rescheduled"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    APPOINTMENT_EXPIRED = "appointment_expired"
    REMINDER_24H = "reminder_24h"
    REMINDER_1H = "reminder_1h"
    RATING_INVITATION = "rating_invitation"
    PRESCRIPTION_READY = "prescription_ready"
    PAYMENT_RECEIPT = "payment_receipt"
    REFUND = "refund"
    WAITLIST_OFFER = "waitlist_offer"


class NotificationDocument(Document):
    """One message to one recipient: an account, a user or a doctor, by id. `about` are the ids and times of its event.

    `due_at` is when the next attempt may be made; whoever makes it moves it on first, so that others keep off.
    `traceparent` is the trace in which it was queued: the sending belongs to it.
    """

    id: str  # type: ignore[assignment]  # Beanie's default id is an ObjectId; ours are type-prefixed ULIDs.
    key: str
    kind: Kind
    recipient: str
    event_id: str
    about: dict[str, Any]
    traceparent: str | None = None
    subject: str = ""
    status: NotificationStatus = NotificationStatus.QUEUED
    attempts: int = 0
    last_error: str | None = None
    due_at: datetime
    created_at: datetime
    sent_at: datetime | None = None

    class Settings:
        name = "notifications"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("key", ASCENDING)], unique=True),
            IndexModel([("due_at", ASCENDING)], partialFilterExpression={"status": "QUEUED"}),
            IndexModel([("recipient", ASCENDING), ("_id", DESCENDING)]),
        ]


class PreferencesDocument(Document):
    """What a patient wants to be told; the id is the patient's. No `locale` means that of the profile."""

    id: str  # type: ignore[assignment]  # As above.
    reminders: bool = True
    marketing: bool = False
    locale: str | None = None

    class Settings:
        name = "preferences"


class SuppressionDocument(Document):
    """An address that gets no more mail; the id is its keyed digest, so that the address itself is kept nowhere.

    `notification_id` is the message that came back, by which an operator finds the row.
    """

    id: str  # type: ignore[assignment]  # As above.
    reason: Reason
    notification_id: str | None
    at: datetime

    class Settings:
        name = "suppressions"


DOCUMENTS = (NotificationDocument, PreferencesDocument, SuppressionDocument)
