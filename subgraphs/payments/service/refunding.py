"""Refunding: never more than was paid, each refund once.

The amount is reserved on the payment, with the refund's record, in one conditional write, before the provider is
asked; so parallel refunds can never exceed the payment, and a refund that was cut short is finished by reconciliation.
"""

from datetime import timedelta

from shared.audit import audited
from shared.auth import Caller
from shared.checks import is_plain
from shared.clock import Clock
from shared.errors import BadUserInput
from shared.events.declared import event
from shared.ids import new_id
from shared.money import Money
from shared.stores.store import Store
from subgraphs.payments.documents import PaymentDocument, PaymentStatus, RefundDocument, RefundStatus
from subgraphs.payments.errors import AmountTooLarge, IdempotencyConflict, NoSuchPayment, WrongPaymentState
from subgraphs.payments.events import SOURCE, PaymentRefunded
from subgraphs.payments.repository import PaymentRepository, TakenElsewhere
from subgraphs.payments.service.keys import check_key
from subgraphs.payments.service.provider import PaymentProvider, ProviderDown, ProviderTimedOut

LONGEST_REASON = 500
FINISHED_AFTER = timedelta(seconds=2)
REFUNDABLE = {PaymentStatus.SUCCEEDED, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUND_PENDING}


class RefundService:
    """Refunds payments, wholly or in part."""

    def __init__(self, store: Store, repository: PaymentRepository, provider: PaymentProvider, clock: Clock) -> None:
        self._store = store
        self._repository = repository
        self._provider = provider
        self._clock = clock

    async def refund(
        self, caller: Caller, payment_id: str, amount: Money | None, reason: str, idempotency_key: str
    ) -> PaymentDocument:
        """Refund `amount`, or all that is left; answers the payment, REFUND_PENDING if the provider did not answer.

        Raises NoSuchPayment, WrongPaymentState, AmountTooLarge, IdempotencyConflict.
        """
        _check_texts(reason, idempotency_key)
        payment = await self._repository.get(payment_id)
        if payment is None:
            raise NoSuchPayment(field=["paymentId"])
        if amount is not None and amount.currency != payment.currency:
            raise BadUserInput(f"This payment is in {payment.currency}.", field=["amount", "currency"])
        units = amount.minor_units() if amount else None
        before = await self._repository.refund_by_key(payment_id, idempotency_key)
        if before is None:
            before = await self._reserve(caller, payment, units, reason, idempotency_key)
        elif units is not None and units != before.amount:
            raise IdempotencyConflict(field=["idempotencyKey"])
        await self._finish(before, payment)
        return await self._again(payment_id)

    async def refund_whole(self, payment: PaymentDocument, reason: str, key: str) -> None:
        """Give back all that is left, because the business owes it; nothing if nothing is left."""
        before = await self._repository.refund_by_key(payment.id, key)
        if before is None:
            if payment.status not in REFUNDABLE or payment.reserved >= payment.amount:
                return
            before = await self._reserve(Caller(), payment, None, reason, key)
        await self._finish(before, payment)

    async def reconcile(self) -> None:
        """Finish refunds that were cut short."""
        for refund in await self._repository.refunds_pending_since(self._clock.now() - FINISHED_AFTER):
            await self._finish(refund, await self._again(refund.payment_id))

    async def _reserve(
        self, caller: Caller, payment: PaymentDocument, units: int | None, reason: str, key: str
    ) -> RefundDocument:
        left = payment.amount - payment.reserved
        if payment.status not in REFUNDABLE or left == 0:
            raise WrongPaymentState(field=["paymentId"])
        refund = RefundDocument(
            id=new_id("ref"),
            payment_id=payment.id,
            amount=left if units is None else units,
            reason=reason,
            key=key,
            status=RefundStatus.PENDING,
            created_at=self._clock.now(),
        )
        if refund.amount <= 0:
            raise BadUserInput("A refund is more than nothing.", field=["amount", "amount"])

        async def work() -> RefundDocument:
            if await self._repository.reserve_refund(refund) is None:
                raise AmountTooLarge(field=["amount"])
            record = audited(
                SOURCE,
                caller,
                self._clock,
                action="payment.refund",
                resource=("Payment", payment.id),
                user_id=payment.user_id,
            )
            self._store.publish(record)
            return refund

        try:
            return await self._store.transaction(work)
        except TakenElsewhere:
            taken = await self._repository.refund_by_key(payment.id, key)
            assert taken is not None, "the key was taken by a refund"
            return taken

    async def _finish(self, refund: RefundDocument, payment: PaymentDocument) -> None:
        if refund.status is RefundStatus.DONE:
            return
        try:
            await self._provider.refund(refund.id, payment.id, refund.amount, payment.currency)
        except (ProviderTimedOut, ProviderDown):
            # It stays pending, and reconciliation asks again under the same key.
            return

        async def work() -> None:
            settled = await self._repository.finish_refund(refund)
            if settled is not None:
                data = PaymentRefunded(
                    payment_id=settled.id,
                    refund_id=refund.id,
                    appointment_id=settled.appointment_id,
                    user_id=settled.user_id,
                    full=settled.status is PaymentStatus.REFUNDED,
                    version=settled.version,
                )
                self._store.publish(event(SOURCE, settled.id, data, self._clock))

        await self._store.transaction(work)

    async def _again(self, payment_id: str) -> PaymentDocument:
        payment = await self._repository.get(payment_id)
        assert payment is not None, "payments are never deleted"
        return payment


def _check_texts(reason: str, idempotency_key: str) -> None:
    if not reason.strip() or len(reason) > LONGEST_REASON or not is_plain(reason):
        raise BadUserInput(f"Give a reason of at most {LONGEST_REASON} characters.", field=["reason"])
    check_key(idempotency_key)
