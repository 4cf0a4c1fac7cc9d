"""The record of who read which payment: patients see it in their access log, and auditors in the trail."""

from collections.abc import Sequence

from shared.audit import audited
from shared.auth import Caller
from shared.clock import Clock
from shared.stores.store import Store
from subgraphs.payments.documents import PaymentDocument
from subgraphs.payments.events import SOURCE


class ViewingService:
    """Leaves audit records."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def note_reading(self, caller: Caller, payments: Sequence[PaymentDocument]) -> None:
        """Leave an audit record for each payment that a person is about to be shown; services compute with them."""
        if caller.is_service:
            return
        records = [
            audited(
                SOURCE,
                caller,
                self._clock,
                action="payment.read",
                resource=("Payment", payment.id),
                user_id=payment.user_id,
            )
            for payment in payments
        ]

        async def work() -> None:
            self._store.publish(*records)

        await self._store.transaction(work)
