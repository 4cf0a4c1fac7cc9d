"""The refusals of this subgraph; each code is one of the contract's AppointmentErrorCode.

Refusal
├── InvalidInput          INVALID_INPUT           names the field
├── NoSuchObject          NOT_FOUND               missing, or foreign, which answers the same
├── DoctorNotBookable     DOCTOR_NOT_BOOKABLE     the doctor is not ACTIVE
├── EmailNotVerified      EMAIL_NOT_VERIFIED      the patient's address is not proven
├── TooShortNotice        TOO_SHORT_NOTICE        past, or sooner than the doctor allows
├── BeyondHorizon         BEYOND_HORIZON          further away than the doctor opens the calendar
├── SlotUnavailable       SLOT_UNAVAILABLE        not offered, or taken
├── PatientDoubleBooking  PATIENT_DOUBLE_BOOKING  the patient is elsewhere at that time
├── InvalidState          INVALID_STATE           not from this status
├── PaymentPending        PAYMENT_PENDING         nothing is prescribed before it is paid
├── TooLateToCancel       TOO_LATE_TO_CANCEL      it has begun
├── RescheduleLimit       RESCHEDULE_LIMIT        moved often enough
└── IdempotencyConflict   IDEMPOTENCY_CONFLICT    the key was used with another input
"""

from shared.errors import Refusal


class InvalidInput(Refusal):
    """Something in the input cannot be; names the field."""

    code = "INVALID_INPUT"
    message = "The input is not valid."


class NoSuchObject(Refusal):
    """Missing, or foreign, which answers the same."""

    code = "NOT_FOUND"
    message = "There is no such object."


class DoctorNotBookable(Refusal):
    """The doctor is not ACTIVE."""

    code = "DOCTOR_NOT_BOOKABLE"
    message = "This doctor takes no bookings at present."


class EmailNotVerified(Refusal):
    """The patient's address is not proven."""

    code = "EMAIL_NOT_VERIFIED"
    message = "Verify your e-mail address before booking."


class TooShortNotice(Refusal):
    """Past, or sooner than the doctor allows."""

    code = "TOO_SHORT_NOTICE"
    message = "That time is past, or sooner than this doctor can be booked."


class BeyondHorizon(Refusal):
    """Further away than the doctor opens the calendar."""

    code = "BEYOND_HORIZON"
    message = "This doctor's calendar is not open that far ahead."


class SlotUnavailable(Refusal):
    """Not offered, or taken."""

    code = "SLOT_UNAVAILABLE"
    message = "This slot is not available."


class PatientDoubleBooking(Refusal):
    """The patient is elsewhere at that time."""

    code = "PATIENT_DOUBLE_BOOKING"
    message = "You have another appointment at that time."


class InvalidState(Refusal):
    """Not from this status."""

    code = "INVALID_STATE"
    message = "The appointment's status does not allow this."


class PaymentPending(Refusal):
    """Nothing is prescribed before it is paid."""

    code = "PAYMENT_PENDING"
    message = "The appointment is not paid."


class TooLateToCancel(Refusal):
    """It has begun."""

    code = "TOO_LATE_TO_CANCEL"
    message = "The appointment has begun; ask the doctor to cancel it."


class RescheduleLimit(Refusal):
    """Moved often enough."""

    code = "RESCHEDULE_LIMIT"
    message = "An appointment can be moved three times at most."


class IdempotencyConflict(Refusal):
    """The key was used with another input."""

    code = "IDEMPOTENCY_CONFLICT"
    message = "This idempotency key was used with another input."
