"""The events of this subgraph; exported to events.json. `version` counts the changes of the doctor's profile."""

from typing import ClassVar

from shared.audit import AuditRecorded
from shared.events.declared import EventData

SOURCE = "doctors"


class DoctorEvent(EventData):
    """What every event of a doctor tells; no event itself."""

    doctor_id: str
    account_id: str
    version: int


class DoctorRegistered(DoctorEvent):
    """A doctor joined and waits for review."""

    type: ClassVar[str] = "doctor.registered"


class DoctorResubmitted(DoctorEvent):
    """A rejected doctor corrected the profile and waits for another review."""

    type: ClassVar[str] = "doctor.resubmitted"


class DoctorApproved(DoctorEvent):
    """A reviewer let a doctor in: listed and bookable from now on."""

    type: ClassVar[str] = "doctor.approved"


class DoctorRejected(DoctorEvent):
    """A reviewer did not let a doctor in."""

    type: ClassVar[str] = "doctor.rejected"


class DoctorSuspended(DoctorEvent):
    """A reviewer took a doctor off the directory."""

    type: ClassVar[str] = "doctor.suspended"


class DoctorReinstated(DoctorEvent):
    """A reviewer put a doctor back."""

    type: ClassVar[str] = "doctor.reinstated"


class DoctorUpdated(DoctorEvent):
    """A doctor's profile changed."""

    type: ClassVar[str] = "doctor.updated"


class DoctorRated(DoctorEvent):
    """A doctor's average rating changed."""

    type: ClassVar[str] = "doctor.rated"


class DoctorErased(DoctorEvent):
    """A doctor left for good: what is left of the profile is what patients' records name."""

    type: ClassVar[str] = "doctor.erased"


PRODUCES = (
    DoctorRegistered,
    DoctorResubmitted,
    DoctorApproved,
    DoctorRejected,
    DoctorSuspended,
    DoctorReinstated,
    DoctorUpdated,
    DoctorRated,
    DoctorErased,
    AuditRecorded,
)
