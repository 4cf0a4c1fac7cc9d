"""Paying: one live payment for each appointment, charged once however often it is asked for.

A payment is written as PROCESSING before the provider is asked, under the key that the provider is asked with; so
whatever breaks in between, reconciliation finds out what the provider did and settles it. The provider is asked outside
of any transaction. The outcome and its event are one transaction, conditional on PROCESSING: it happens once.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256

from shared.audit import audited
from shared.auth import Caller
from shared.clients.entities import EntityClient
from shared.clock import Clock
from shared.errors import Unauthenticated
from shared.events.declared import event
from shared.ids import new_id
from shared.money import Money
from shared.stores.store import Store
from subgraphs.payments.documents import PaymentDocument, PaymentKeyDocument, PaymentStatus
from subgraphs.payments.errors import (
    AlreadyPaid,
    AppointmentNotPayable,
    CardDeclined,
    IdempotencyConflict,
    NoSuchPayment,
    ProviderUnavailable,
)
from subgraphs.payments.events import SOURCE, PaymentDeclined, PaymentSucceeded
from subgraphs.payments.repository import PaymentRepository, TakenElsewhere
from subgraphs.payments.service.keys import check_key
from subgraphs.payments.service.provider import Charge, Notice, PaymentProvider, ProviderDown, ProviderTimedOut

RECONCILED_AFTER = timedelta(seconds=2)
GIVEN_UP_AFTER = timedelta(minutes=5)
"""So long after a payment began its patient has gone away: it ends, whatever the provider has made of it so far."""
RESUMED_WITHIN = GIVEN_UP_AFTER / 2
"""How long a retry under the same key asks the provider again: well before reconciliation may give the payment up."""


@dataclass(frozen=True, slots=True)
class Due:
    """What the appointments subgraph tells of the appointment to be paid."""

    appointment_id: str
    user_id: str
    payable: bool
    fee: Money


class PaymentService:
    """Pays, settles and reconciles."""

    def __init__(
        self,
        store: Store,
        repository: PaymentRepository,
        provider: PaymentProvider,
        entities: EntityClient,
        clock: Clock,
    ) -> None:
        self._store = store
        self.repository = repository
        self.provider = provider
        self._entities = entities
        self._clock = clock

    async def pay(self, caller: Caller, appointment_id: str, method: str, idempotency_key: str) -> PaymentDocument:
        """Pay an appointment of the caller's own; answers the payment, PROCESSING if the provider timed out.

        Raises NoSuchPayment, AppointmentNotPayable, AlreadyPaid, CardDeclined, IdempotencyConflict,
        ProviderUnavailable.
        """
        if caller.user_id is None:
            raise Unauthenticated
        key = _key(caller.user_id, idempotency_key)
        asked = sha256(f"{appointment_id}\n{method}".encode()).hexdigest()
        before = await self._asked_before(key, asked)
        if before is not None:
            return before
        due = await self._due(caller.user_id, appointment_id)
        live = await self.repository.live_of(appointment_id)
        if live is not None:
            return _answer_again(live)
        if not due.payable:
            raise AppointmentNotPayable(field=["appointmentId"])
        payment = self._begin(due, method)
        try:
            await self._store.transaction(
                lambda: self._write(
                    caller,
                    payment,
                    PaymentKeyDocument(id=key, payment_id=payment.id, asked=asked, created_at=payment.created_at),
                )
            )
        except TakenElsewhere:
            return await self._lost_race(key, asked, appointment_id)
        return await self._charge(payment)

    async def settle(self, charge: Charge) -> PaymentDocument | None:
        """Write a charge's outcome and announce it; None if the payment had one already, or is not ours."""

        async def work() -> PaymentDocument | None:
            status = PaymentStatus.SUCCEEDED if charge.succeeded else PaymentStatus.DECLINED
            receipt = f"BMC-{self._clock.now():%Y%m%d}-{charge.key[-10:]}" if charge.succeeded else None
            payment = await self.repository.settle(charge.key, status, receipt_number=receipt)
            if payment is not None:
                outcome = PaymentSucceeded if charge.succeeded else PaymentDeclined
                data = outcome(
                    payment_id=payment.id,
                    appointment_id=payment.appointment_id,
                    user_id=payment.user_id,
                    version=payment.version,
                )
                self._store.publish(event(SOURCE, payment.id, data, self._clock))
            return payment

        return await self._store.transaction(work)

    async def receive_notice(self, notice: Notice) -> None:
        """Act on a provider's webhook, once."""

        async def work() -> None:
            if await self.repository.first_notice(notice.id, self._clock.now()):
                await self.settle(notice.charge)

        await self._store.transaction(work)

    async def reconcile(self) -> None:
        """Ask the provider what became of payments whose outcome is unknown, and settle them."""
        for payment in await self.repository.processing_since(self._clock.now() - RECONCILED_AFTER):
            # One that the provider cannot tell of yet holds up none of the others.
            with suppress(ProviderTimedOut, ProviderDown):
                await self._reconcile(payment)

    async def _reconcile(self, payment: PaymentDocument) -> None:
        charge = await self.provider.find_charge(payment.id)
        if charge is None and payment.created_at < self._clock.now() - GIVEN_UP_AFTER:
            charge = await self.provider.give_up(payment.id)
        if charge is not None:
            await self.settle(charge)

    async def _asked_before(self, key: str, asked: str) -> PaymentDocument | None:
        used = await self.repository.key(key)
        if used is None:
            return None
        if used.asked != asked:
            raise IdempotencyConflict(field=["idempotencyKey"])
        payment = await self.repository.get(used.payment_id)
        assert payment is not None, "a key and its payment are written together"
        if payment.status is PaymentStatus.DECLINED:
            raise CardDeclined(field=["paymentMethod"])
        if payment.status is PaymentStatus.PROCESSING and payment.created_at > self._clock.now() - RESUMED_WITHIN:
            return await self._resume(payment)
        return payment

    async def _resume(self, payment: PaymentDocument) -> PaymentDocument:
        """Ask the provider again for a payment that was cut short; it may have charged, so no failure settles it."""
        try:
            charge = await self.provider.charge(payment.id, payment.amount, payment.currency, payment.method)
        except (ProviderTimedOut, ProviderDown):
            return payment
        return await self._conclude(charge)

    async def _lost_race(self, key: str, asked: str, appointment_id: str) -> PaymentDocument:
        before = await self._asked_before(key, asked)
        if before is not None:
            return before
        live = await self.repository.live_of(appointment_id)
        if live is None:
            # The one that won was declined meanwhile; the patient may simply try again.
            raise CardDeclined(field=["paymentMethod"])
        return _answer_again(live)

    async def _due(self, user_id: str, appointment_id: str) -> Due:
        found = await self._entities.entity(
            "appointments", "Appointment", appointment_id, "status userId fee { amount currency }", fresh=True
        )
        if found is None or found["userId"] != user_id:
            raise NoSuchPayment(field=["appointmentId"])
        fee = Money(Decimal(found["fee"]["amount"]), found["fee"]["currency"])
        return Due(appointment_id, user_id, found["status"] == "PENDING_PAYMENT", fee)

    def _begin(self, due: Due, method: str) -> PaymentDocument:
        return PaymentDocument(
            id=new_id("pay"),
            appointment_id=due.appointment_id,
            user_id=due.user_id,
            amount=due.fee.minor_units(),
            currency=due.fee.currency,
            status=PaymentStatus.PROCESSING,
            live=True,
            method=method,
            created_at=self._clock.now(),
        )

    async def _write(self, caller: Caller, payment: PaymentDocument, key: PaymentKeyDocument) -> None:
        await self.repository.add(payment, key)
        self._store.publish(
            audited(
                SOURCE,
                caller,
                self._clock,
                action="payment.pay",
                resource=("Payment", payment.id),
                user_id=payment.user_id,
            )
        )

    async def _charge(self, payment: PaymentDocument) -> PaymentDocument:
        if payment.amount == 0:
            # There is nothing to move, and providers refuse to.
            return await self._conclude(Charge(payment.id, succeeded=True))
        try:
            charge = await self.provider.charge(payment.id, payment.amount, payment.currency, payment.method)
        except ProviderTimedOut:
            return payment
        except ProviderDown as error:
            await self.settle(Charge(payment.id, succeeded=False))
            raise ProviderUnavailable from error
        return await self._conclude(charge)

    async def _conclude(self, charge: Charge) -> PaymentDocument:
        await self.settle(charge)
        if not charge.succeeded:
            raise CardDeclined(field=["paymentMethod"])
        settled = await self.repository.get(charge.key)
        assert settled is not None, "payments are never deleted"
        return settled


def _answer_again(live: PaymentDocument) -> PaymentDocument:
    """Answer a second request for the same appointment: the payment under way, or that it is paid."""
    if live.status is PaymentStatus.PROCESSING:
        return live
    raise AlreadyPaid(field=["appointmentId"])


def _key(user_id: str, idempotency_key: str) -> str:
    check_key(idempotency_key)
    return f"{user_id}:{idempotency_key}"
