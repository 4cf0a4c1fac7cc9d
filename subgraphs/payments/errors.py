"""The refusals of this subgraph; each code is one of the contract's PaymentErrorCode.

Refusal
├── CardDeclined            CARD_DECLINED            the provider says no
├── AlreadyPaid             ALREADY_PAID             the appointment has its payment
├── AppointmentNotPayable   APPOINTMENT_NOT_PAYABLE  expired, cancelled or past paying
├── AmountTooLarge          AMOUNT_TOO_LARGE         more than is left to refund
├── IdempotencyConflict     IDEMPOTENCY_CONFLICT     the key was used with another input
├── ProviderUnavailable     PROVIDER_UNAVAILABLE     nothing was charged; try again
├── WrongPaymentState       INVALID_STATE            nothing to refund
└── NoSuchPayment           NOT_FOUND                no such appointment or payment, or a foreign one
"""

from shared.errors import Refusal


class CardDeclined(Refusal):
    """The provider says no."""

    code = "CARD_DECLINED"
    message = "The card was declined."


class AlreadyPaid(Refusal):
    """The appointment has its payment."""

    code = "ALREADY_PAID"
    message = "This appointment is paid."


class AppointmentNotPayable(Refusal):
    """Expired, cancelled or past paying."""

    code = "APPOINTMENT_NOT_PAYABLE"
    message = "This appointment can no longer be paid."


class AmountTooLarge(Refusal):
    """More than is left to refund."""

    code = "AMOUNT_TOO_LARGE"
    message = "No more can be refunded than was paid."


class IdempotencyConflict(Refusal):
    """The key was used with another input."""

    code = "IDEMPOTENCY_CONFLICT"
    message = "This idempotency key was used with another input."


class ProviderUnavailable(Refusal):
    """Nothing was charged; try again."""

    code = "PROVIDER_UNAVAILABLE"
    message = "The payment provider does not answer; nothing was charged."


class WrongPaymentState(Refusal):
    """Nothing to refund."""

    code = "INVALID_STATE"
    message = "This payment cannot be refunded."


class NoSuchPayment(Refusal):
    """No such appointment or payment, or a foreign one."""

    code = "NOT_FOUND"
    message = "There is no such object."
