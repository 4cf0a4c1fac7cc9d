"""What clients send."""

import strawberry

from shared.graphql.values import MoneyInput


@strawberry.input(
    description="`paymentMethod` is a provider token; the built-in test provider takes pm_card_visa (succeeds), "
    "pm_card_declined, pm_card_timeout."
)
class PayAppointmentInput:
    appointment_id: strawberry.ID
    payment_method: str
    idempotency_key: str


@strawberry.input
class RefundPaymentInput:
    payment_id: strawberry.ID
    amount: MoneyInput | None = None
    reason: str
    idempotency_key: str
