"""The events of this subgraph; exported to events.json."""

from typing import ClassVar

from shared.audit import AuditRecorded
from shared.events.declared import EventData

SOURCE = "users"


class UserRegistered(EventData):
    """A patient joined. `version` counts the changes of the profile."""

    type: ClassVar[str] = "user.registered"
    user_id: str
    account_id: str
    version: int


class UserUpdated(EventData):
    """A patient's profile changed."""

    type: ClassVar[str] = "user.updated"
    user_id: str
    account_id: str
    version: int


class UserErased(EventData):
    """A patient's profile and documents are gone for good."""

    type: ClassVar[str] = "user.erased"
    user_id: str
    account_id: str


PRODUCES = (UserRegistered, UserUpdated, UserErased, AuditRecorded)
