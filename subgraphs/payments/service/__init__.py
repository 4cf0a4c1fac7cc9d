"""What the business decides about payments: paying, refunding, and finding out what the provider did."""

from dataclasses import dataclass

from subgraphs.payments.service.paying import PaymentService
from subgraphs.payments.service.refunding import RefundService
from subgraphs.payments.service.viewing import ViewingService

__all__ = ["Payments"]


@dataclass(frozen=True, slots=True)
class Payments:
    """The services of this subgraph."""

    paying: PaymentService
    refunding: RefundService
    viewing: ViewingService
