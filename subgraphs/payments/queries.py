"""The queries."""

import strawberry

from subgraphs.payments.loaders import Info
from subgraphs.payments.types import Payment


@strawberry.type
class Query:
    @strawberry.field(description="One payment; null when there is none, or it is another patient's.")
    async def payment(self, info: Info, id: strawberry.ID) -> Payment | None:
        return await Payment.shown(info, await info.context.loaders.payment.load(id))
