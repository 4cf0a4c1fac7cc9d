"""The loaders of one request: every entity reference goes through one, so that a hundred cost one query."""

import strawberry
from strawberry.dataloader import DataLoader

from shared.auth import Caller
from shared.graphql.context import RequestContext
from subgraphs.payments.documents import PaymentDocument
from subgraphs.payments.repository import PaymentRepository
from subgraphs.payments.service import Payments
from subgraphs.payments.service.viewing import ViewingService


class Loaders:
    """One set a request."""

    def __init__(self, repository: PaymentRepository, viewing: ViewingService, caller: Caller) -> None:
        self._viewing = viewing
        self._caller = caller
        self.payment: DataLoader[str, PaymentDocument | None] = DataLoader(load_fn=repository.by_id)
        self.of_appointment: DataLoader[str, PaymentDocument | None] = DataLoader(load_fn=repository.by_appointment)
        self.opened: DataLoader[PaymentDocument, None] = DataLoader(load_fn=self._note, cache_key_fn=_id_of)

    async def _note(self, payments: list[PaymentDocument]) -> list[None]:
        await self._viewing.note_reading(self._caller, payments)
        return [None] * len(payments)


def _id_of(payment: PaymentDocument) -> str:
    return payment.id


Context = RequestContext[Payments, Loaders]
Info = strawberry.Info[Context, None]
