"""What clients see of payments."""

from datetime import datetime
from enum import Enum
from typing import Self

import strawberry

from shared.errors import Refusal
from shared.graphql.values import MoneyType, PageInfo, UserError
from shared.pagination import Page, encode_cursor
from subgraphs.payments.access import may_read_payments_of
from subgraphs.payments.documents import PaymentDocument, PaymentStatus
from subgraphs.payments.foreign import Appointment
from subgraphs.payments.loaders import Info

strawberry.enum(PaymentStatus)


@strawberry.federation.type(keys=["id"])
class Payment:
    id: strawberry.ID
    appointment: Appointment | None
    amount: MoneyType
    refunded_amount: MoneyType
    status: PaymentStatus
    method: str
    created_at: datetime
    receipt_number: str | None
    user_id: strawberry.ID = strawberry.federation.field(inaccessible=True, description="For services: the patient.")
    appointment_id: strawberry.ID = strawberry.federation.field(
        inaccessible=True, description="For services: the appointment."
    )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        return await cls.shown(info, await info.context.loaders.payment.load(id))

    @classmethod
    def of(cls, payment: PaymentDocument) -> Self:
        """Show a payment."""
        return cls(
            id=strawberry.ID(payment.id),
            appointment=Appointment(id=strawberry.ID(payment.appointment_id)),
            amount=MoneyType.of(payment.money),
            refunded_amount=MoneyType.of(payment.refunded_money),
            status=payment.status,
            method=payment.method,
            created_at=payment.created_at,
            receipt_number=payment.receipt_number,
            user_id=strawberry.ID(payment.user_id),
            appointment_id=strawberry.ID(payment.appointment_id),
        )

    @classmethod
    async def shown(cls, info: Info, payment: PaymentDocument | None) -> Self | None:
        """Show a payment to those who may see it, and note that they did; to others it is missing."""
        caller = info.context.caller
        if payment is None or not may_read_payments_of(caller, payment.user_id):
            return None
        await info.context.loaders.opened.load(payment)
        return cls.of(payment)


@strawberry.type
class PaymentEdge:
    cursor: str
    node: Payment


@strawberry.type
class PaymentConnection:
    edges: list[PaymentEdge]
    page_info: PageInfo

    @classmethod
    def of(cls, page: Page[PaymentDocument]) -> Self:
        """Show a page."""
        cursors = [encode_cursor([payment.id]) for payment in page.rows]
        edges = [PaymentEdge(cursor=at, node=Payment.of(row)) for at, row in zip(cursors, page.rows, strict=True)]
        return cls(edges=edges, page_info=PageInfo.of(page, cursors))


@strawberry.enum
class PaymentErrorCode(Enum):
    CARD_DECLINED = "CARD_DECLINED"
    ALREADY_PAID = "ALREADY_PAID"
    APPOINTMENT_NOT_PAYABLE = "APPOINTMENT_NOT_PAYABLE"
    AMOUNT_TOO_LARGE = "AMOUNT_TOO_LARGE"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
    INVALID_STATE = "INVALID_STATE"
    NOT_FOUND = "NOT_FOUND"


@strawberry.type
class PaymentError(UserError):
    code: PaymentErrorCode

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        """Show a refusal."""
        return cls(message=refusal.text, field=refusal.field, code=PaymentErrorCode(refusal.code))


@strawberry.type
class PayAppointmentPayload:
    payment: Payment | None = None
    user_errors: list[PaymentError] = strawberry.field(default_factory=list)


@strawberry.type
class RefundPaymentPayload:
    payment: Payment | None = None
    user_errors: list[PaymentError] = strawberry.field(default_factory=list)
