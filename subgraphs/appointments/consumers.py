"""What this subgraph hears: payments that succeeded, its appointments and offers that gave a slot back, who left."""

from datetime import datetime

from pydantic import BaseModel

from shared.clock import Clock
from shared.events.bus import Bus
from shared.events.consumer import Consumer, Subscription
from shared.events.envelope import Event
from shared.stores.store import Store
from subgraphs.appointments.service import Services


class PaymentSucceeded(BaseModel):
    """A payment for an appointment went through."""

    payment_id: str
    appointment_id: str


class SlotFreed(BaseModel):
    """An appointment was cancelled or has expired."""

    doctor_id: str
    starts_at: datetime


class AccountErased(BaseModel):
    """A patient or a doctor left for good."""

    profile_id: str


class SlotLeft(BaseModel):
    """An appointment was moved away."""

    doctor_id: str
    previous_starts_at: datetime


class OfferEnded(BaseModel):
    """A waitlist entry was left, or its offer was not taken in time."""

    entry_id: str


def make_consumer(services: Services, store: Store, bus: Bus, clock: Clock) -> Consumer:
    """Make the consumer; its handlers call what mutations and jobs call."""

    async def confirm(_: Event, data: PaymentSucceeded) -> None:
        await services.confirmation.confirm(data.appointment_id, data.payment_id)

    async def offer_freed(_: Event, data: SlotFreed) -> None:
        await services.waiting.offer(data.doctor_id, data.starts_at)

    async def offer_left(_: Event, data: SlotLeft) -> None:
        await services.waiting.offer(data.doctor_id, data.previous_starts_at)

    async def let_go(_: Event, data: AccountErased) -> None:
        if data.profile_id.startswith("doc_"):
            await services.departing.doctor_left(data.profile_id)
        elif data.profile_id:
            await services.departing.patient_left(data.profile_id)

    async def pass_on(_: Event, data: OfferEnded) -> None:
        await services.waiting.pass_on(data.entry_id)

    # Offering asks the doctors subgraph, so it cannot run inside the message's transaction; a second delivery finds the
    # slot held by the first one's offer.
    freed = Subscription(SlotFreed, offer_freed, transactional=False)
    ended = Subscription(OfferEnded, pass_on, transactional=False)
    return Consumer(
        "appointments",
        store,
        bus,
        {
            "payment.succeeded": Subscription(PaymentSucceeded, confirm),
            "account.erased": Subscription(AccountErased, let_go, transactional=False),
            "appointment.cancelled": freed,
            "appointment.expired": freed,
            "appointment.rescheduled": Subscription(SlotLeft, offer_left, transactional=False),
            "waitlist.expired": ended,
            "waitlist.left": ended,
        },
        clock=clock,
    )
