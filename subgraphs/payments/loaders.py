"""The loaders of one request: every entity reference goes through one, so that a hundred cost one query."""

import strawberry
from strawberry.dataloader import DataLoader

from shared.graphql.context import RequestContext
from subgraphs.payments.documents import PaymentDocument
from subgraphs.payments.repository import PaymentRepository
from subgraphs.payments.service import Payments


class Loaders:
    """One set a request."""

    def __init__(self, repository: PaymentRepository) -> None:
        self.payment: DataLoader[str, PaymentDocument | None] = DataLoader(load_fn=repository.by_id)
        self.of_appointment: DataLoader[str, PaymentDocument | None] = DataLoader(load_fn=repository.by_appointment)


Context = RequestContext[Payments, Loaders]
Info = strawberry.Info[Context, None]
