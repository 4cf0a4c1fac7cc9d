"""Entities of other subgraphs that this one adds fields to."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from shared.pagination import PageRequest
from subgraphs.payments.access import may_read_payments_of
from subgraphs.payments.loaders import Info

if TYPE_CHECKING:
    from subgraphs.payments.types import Payment, PaymentConnection


@strawberry.federation.type(keys=["id"])
class Appointment:
    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "Appointment":
        return cls(id=id)

    @strawberry.field(description="The payment: the one that counts, else the last attempt. For its patient and staff.")
    async def payment(self, info: Info) -> Annotated["Payment", strawberry.lazy(".types")] | None:
        from subgraphs.payments.types import Payment

        return await Payment.shown(info, await info.context.loaders.of_appointment.load(self.id))


@strawberry.federation.type(keys=["id"])
class User:
    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "User":
        return cls(id=id)

    @strawberry.field(description="The patient's payments, newest first. For the patient and staff.")
    async def payments(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Annotated["PaymentConnection", strawberry.lazy(".types")] | None:
        from subgraphs.payments.types import PaymentConnection

        request = PageRequest.of(first, after, last, before)
        if not may_read_payments_of(info.context.caller, self.id):
            return None
        page = await info.context.service.paying.repository.page_of_user(self.id, request)
        await info.context.loaders.opened.load_many(page.rows)
        return PaymentConnection.of(page)
