"""What mutations answer."""

from enum import Enum
from typing import Self

import strawberry

from shared.errors import Refusal
from shared.graphql.values import UserError
from subgraphs.appointments.foreign import Doctor
from subgraphs.appointments.types.appointment import Appointment
from subgraphs.appointments.types.prescription import Prescription
from subgraphs.appointments.types.slot import Slot
from subgraphs.appointments.types.waitlist import WaitlistEntry


@strawberry.enum
class AppointmentErrorCode(Enum):
    SLOT_UNAVAILABLE = "SLOT_UNAVAILABLE"
    PATIENT_DOUBLE_BOOKING = "PATIENT_DOUBLE_BOOKING"
    DOCTOR_NOT_BOOKABLE = "DOCTOR_NOT_BOOKABLE"
    EMAIL_NOT_VERIFIED = "EMAIL_NOT_VERIFIED"
    TOO_SHORT_NOTICE = "TOO_SHORT_NOTICE"
    BEYOND_HORIZON = "BEYOND_HORIZON"
    INVALID_INPUT = "INVALID_INPUT"
    INVALID_STATE = "INVALID_STATE"
    PAYMENT_PENDING = "PAYMENT_PENDING"
    TOO_LATE_TO_CANCEL = "TOO_LATE_TO_CANCEL"
    RESCHEDULE_LIMIT = "RESCHEDULE_LIMIT"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    NOT_FOUND = "NOT_FOUND"


@strawberry.type
class AppointmentError(UserError):
    code: AppointmentErrorCode

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        """Show a refusal."""
        return cls(message=refusal.text, field=refusal.field, code=AppointmentErrorCode(refusal.code))


@strawberry.type
class PublishAvailabilityPayload:
    doctor: Doctor | None = None
    user_errors: list[AppointmentError] = strawberry.field(default_factory=list)


@strawberry.type
class BookAppointmentPayload:
    appointment: Appointment | None = None
    alternatives: list[Slot] = strawberry.field(
        default_factory=list, description="Free slots near the one that was refused."
    )
    user_errors: list[AppointmentError] = strawberry.field(default_factory=list)


@strawberry.type
class AppointmentPayload:
    appointment: Appointment | None = None
    user_errors: list[AppointmentError] = strawberry.field(default_factory=list)


@strawberry.type
class IssuePrescriptionPayload:
    prescription: Prescription | None = None
    user_errors: list[AppointmentError] = strawberry.field(default_factory=list)


@strawberry.type
class WaitlistPayload:
    entry: WaitlistEntry | None = None
    user_errors: list[AppointmentError] = strawberry.field(default_factory=list)
