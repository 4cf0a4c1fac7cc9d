"""The mutations."""

import strawberry

from shared.errors import Refusal
from subgraphs.payments.inputs import PayAppointmentInput, RefundPaymentInput
from subgraphs.payments.loaders import Info
from subgraphs.payments.types import PayAppointmentPayload, Payment, PaymentError, RefundPaymentPayload


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Pay an appointment of one's own: its fee, once.")
    async def pay_appointment(self, info: Info, input: PayAppointmentInput) -> PayAppointmentPayload | None:
        paying = info.context.service.paying
        try:
            payment = await paying.pay(
                info.context.caller, input.appointment_id, input.payment_method, input.idempotency_key
            )
        except Refusal as refusal:
            return PayAppointmentPayload(user_errors=[PaymentError.of(refusal)])
        return PayAppointmentPayload(payment=Payment.of(payment))

    @strawberry.mutation(description="Give a payment back: an amount, or all that is left.")
    async def refund_payment(self, info: Info, input: RefundPaymentInput) -> RefundPaymentPayload | None:
        amount = input.amount.read("amount") if input.amount else None
        try:
            payment = await info.context.service.refunding.refund(
                info.context.caller, input.payment_id, amount, input.reason, input.idempotency_key
            )
        except Refusal as refusal:
            return RefundPaymentPayload(user_errors=[PaymentError.of(refusal)])
        return RefundPaymentPayload(payment=Payment.of(payment))
