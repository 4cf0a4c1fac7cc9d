"""What other subgraphs' events make this one do: refund.

The handlers call the provider, so they run their own transactions; the event's id is the refund's key, so that a second
delivery refunds nothing more.
"""

from typing import Any

from pydantic import BaseModel

from shared.clock import Clock
from shared.events.bus import Bus
from shared.events.consumer import Consumer, Subscription
from shared.events.envelope import Event
from shared.stores.store import Store
from subgraphs.payments.service import Payments


class AppointmentCancelled(BaseModel):
    """The appointment is off; `refund` says whether the money goes back."""

    appointment_id: str
    refund: bool


class PaymentUnplaceable(BaseModel):
    """Paid, but the slot had gone to another."""

    appointment_id: str
    payment_id: str


def make_consumer(store: Store, bus: Bus, payments: Payments, clock: Clock) -> Consumer:
    """Subscribe to the appointments' events."""

    async def refund_cancelled(event: Event, data: AppointmentCancelled) -> None:
        if not data.refund:
            return
        payment = await payments.paying.repository.live_of(data.appointment_id)
        if payment is not None:
            await payments.refunding.refund_whole(payment, "appointment cancelled", f"event:{event.id}")

    async def refund_unplaceable(event: Event, data: PaymentUnplaceable) -> None:
        payment = await payments.paying.repository.get(data.payment_id)
        if payment is not None:
            await payments.refunding.refund_whole(payment, "the slot was gone", f"event:{event.id}")

    subscriptions: dict[str, Subscription[Any]] = {
        "appointment.cancelled": Subscription(AppointmentCancelled, refund_cancelled, transactional=False),
        "appointment.payment_unplaceable": Subscription(PaymentUnplaceable, refund_unplaceable, transactional=False),
    }
    return Consumer("payments", store, bus, subscriptions, clock=clock)
