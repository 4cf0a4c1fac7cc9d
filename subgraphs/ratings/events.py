"""The events of this subgraph; exported to events.json."""

from typing import ClassVar

from shared.audit import AuditRecorded
from shared.events.declared import EventData

SOURCE = "ratings"


class RatingPublished(EventData):
    """A patient rated an appointment. `version` counts the changes of the doctor's aggregate."""

    type: ClassVar[str] = "rating.published"
    rating_id: str
    appointment_id: str
    doctor_id: str
    user_id: str
    version: int


class RatingModerated(EventData):
    """An admin hid a rating or showed it again. `version` counts the changes of the doctor's aggregate."""

    type: ClassVar[str] = "rating.moderated"
    rating_id: str
    doctor_id: str
    status: str
    version: int


PRODUCES = (RatingPublished, RatingModerated, AuditRecorded)
