"""The events of this subgraph; exported to events.json. `version` counts the changes of the event's aggregate."""

from datetime import date, datetime
from typing import ClassVar

from shared.audit import AuditRecorded
from shared.events.declared import EventData

SOURCE = "appointments"


class AvailabilityPublished(EventData):
    """A doctor published weekly hours."""

    type: ClassVar[str] = "availability.published"
    doctor_id: str
    version: int


class AvailabilityOverridden(EventData):
    """A doctor replaced the hours of one date."""

    type: ClassVar[str] = "availability.overridden"
    doctor_id: str
    date: date
    version: int


class AppointmentChanged(EventData):
    """What every change of an appointment tells."""

    type: ClassVar[str] = "appointment.changed"
    appointment_id: str
    doctor_id: str
    user_id: str
    starts_at: datetime
    version: int


class AppointmentBooked(AppointmentChanged):
    """A slot is held until `pay_by`."""

    type: ClassVar[str] = "appointment.booked"
    pay_by: datetime


class AppointmentConfirmed(AppointmentChanged):
    """It is paid."""

    type: ClassVar[str] = "appointment.confirmed"


class AppointmentRescheduled(AppointmentChanged):
    """It was moved."""

    type: ClassVar[str] = "appointment.rescheduled"
    previous_starts_at: datetime


class AppointmentCheckedIn(AppointmentChanged):
    """The patient is there."""

    type: ClassVar[str] = "appointment.checked_in"


class AppointmentCompleted(AppointmentChanged):
    """It took place."""

    type: ClassVar[str] = "appointment.completed"


class AppointmentCancelled(AppointmentChanged):
    """It was called off; `refund` says whether what was paid goes back in full, `by` is patient, doctor or admin."""

    type: ClassVar[str] = "appointment.cancelled"
    refund: bool
    by: str


class AppointmentExpired(AppointmentChanged):
    """It was not paid in time."""

    type: ClassVar[str] = "appointment.expired"


class AppointmentNoShow(AppointmentChanged):
    """The patient did not come."""

    type: ClassVar[str] = "appointment.no_show"


class AppointmentReminderDue(AppointmentChanged):
    """It begins soon; `kind` is 24h or 1h."""

    type: ClassVar[str] = "appointment.reminder_due"
    kind: str


class AppointmentPaymentUnplaceable(EventData):
    """Paid, but the slot is gone (or the appointment was called off, or paid already): refund this payment in full."""

    type: ClassVar[str] = "appointment.payment_unplaceable"
    appointment_id: str
    payment_id: str
    user_id: str


class PrescriptionIssued(EventData):
    """A doctor prescribed; `version` counts the prescriptions of the appointment."""

    type: ClassVar[str] = "prescription.issued"
    prescription_id: str
    appointment_id: str
    doctor_id: str
    user_id: str
    version: int


class WaitlistChanged(EventData):
    """What every change of a waitlist entry tells."""

    type: ClassVar[str] = "waitlist.changed"
    entry_id: str
    doctor_id: str
    user_id: str
    version: int


class WaitlistJoined(WaitlistChanged):
    """A patient waits for a slot."""

    type: ClassVar[str] = "waitlist.joined"


class WaitlistOffered(WaitlistChanged):
    """A freed slot is held for the patient until `expires_at`."""

    type: ClassVar[str] = "waitlist.offered"
    starts_at: datetime
    expires_at: datetime


class WaitlistBooked(WaitlistChanged):
    """The patient took the offered slot."""

    type: ClassVar[str] = "waitlist.booked"


class WaitlistLeft(WaitlistChanged):
    """The patient waits no longer."""

    type: ClassVar[str] = "waitlist.left"


class WaitlistExpired(WaitlistChanged):
    """The offer was not taken in time, or the dates waited for are past."""

    type: ClassVar[str] = "waitlist.expired"


PRODUCES: tuple[type[EventData], ...] = (
    AvailabilityPublished,
    AvailabilityOverridden,
    AppointmentBooked,
    AppointmentConfirmed,
    AppointmentRescheduled,
    AppointmentCheckedIn,
    AppointmentCompleted,
    AppointmentCancelled,
    AppointmentExpired,
    AppointmentNoShow,
    AppointmentReminderDue,
    AppointmentPaymentUnplaceable,
    PrescriptionIssued,
    WaitlistJoined,
    WaitlistOffered,
    WaitlistBooked,
    WaitlistLeft,
    WaitlistExpired,
    AuditRecorded,
)
