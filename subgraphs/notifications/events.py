"""The events of this subgraph; exported to events.json."""

from typing import ClassVar

from shared.audit import AuditRecorded
from shared.events.declared import EventData

SOURCE = "notifications"


class NotificationSent(EventData):
    """The mailer took a message."""

    type: ClassVar[str] = "notification.sent"
    notification_id: str
    kind: str


class NotificationFailed(EventData):
    """A message was given up."""

    type: ClassVar[str] = "notification.failed"
    notification_id: str
    kind: str


PRODUCES = (NotificationSent, NotificationFailed, AuditRecorded)
