"""Who is told what about which event: the notification worker.

The handlers only queue; sending asks for details later. A queue entry is unique by event, kind and recipient, which
makes the handlers idempotent by themselves.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel

from shared.clock import Clock
from shared.events.bus import Bus
from shared.events.consumer import Consumer, Subscription
from shared.events.envelope import Event
from shared.stores.store import Store
from subgraphs.notifications.documents import Kind
from subgraphs.notifications.service import NotificationService


class OfAccount(BaseModel):
    """An event about an account."""

    account_id: str


class AccountErased(BaseModel):
    """Somebody left for good."""

    account_id: str
    profile_id: str


class OfUser(BaseModel):
    """An event about a patient."""

    user_id: str


class OfDoctor(BaseModel):
    """An event about a doctor."""

    doctor_id: str


class OfAppointment(BaseModel):
    """An event about an appointment."""

    appointment_id: str
    user_id: str
    doctor_id: str


class ReminderDue(OfAppointment):
    """A reminder has come due; `kind` is 24h or 1h."""

    kind: str
    starts_at: str


class OfPayment(BaseModel):
    """An event about a payment."""

    payment_id: str
    appointment_id: str
    user_id: str


class PrescriptionIssued(BaseModel):
    """A prescription was written."""

    prescription_id: str
    doctor_id: str
    user_id: str


class WaitlistOffered(BaseModel):
    """A freed slot is kept for a patient."""

    doctor_id: str
    user_id: str
    starts_at: str
    expires_at: str


REMINDER_KINDS = {"24h": Kind.REMINDER_24H, "1h": Kind.REMINDER_1H}
Recipients = Callable[[Any], tuple[str, ...]]

TO_ACCOUNT: Recipients = lambda data: (data.account_id,)  # noqa: E731  A table of small functions reads best so.
TO_USER: Recipients = lambda data: (data.user_id,)  # noqa: E731  As above.
TO_DOCTOR: Recipients = lambda data: (data.doctor_id,)  # noqa: E731  As above.
TO_BOTH: Recipients = lambda data: (data.user_id, data.doctor_id)  # noqa: E731  As above.

TELLS: dict[str, tuple[type[BaseModel], Kind, Recipients]] = {
    "account.created": (OfAccount, Kind.VERIFY_EMAIL, TO_ACCOUNT),
    "account.verification_requested": (OfAccount, Kind.VERIFY_EMAIL, TO_ACCOUNT),
    "account.password_reset_requested": (OfAccount, Kind.PASSWORD_RESET, TO_ACCOUNT),
    "account.password_changed": (OfAccount, Kind.PASSWORD_CHANGED, TO_ACCOUNT),
    "account.export_ready": (OfAccount, Kind.DATA_EXPORT, TO_ACCOUNT),
    "user.registered": (OfUser, Kind.WELCOME_PATIENT, TO_USER),
    "doctor.registered": (OfDoctor, Kind.WELCOME_DOCTOR, TO_DOCTOR),
    "doctor.approved": (OfDoctor, Kind.DOCTOR_APPROVED, TO_DOCTOR),
    "doctor.rejected": (OfDoctor, Kind.DOCTOR_REJECTED, TO_DOCTOR),
    "doctor.suspended": (OfDoctor, Kind.DOCTOR_SUSPENDED, TO_DOCTOR),
    "doctor.reinstated": (OfDoctor, Kind.DOCTOR_REINSTATED, TO_DOCTOR),
    "appointment.booked": (OfAppointment, Kind.APPOINTMENT_BOOKED, TO_USER),
    "appointment.confirmed": (OfAppointment, Kind.APPOINTMENT_CONFIRMED, TO_BOTH),
    "appointment.rescheduled": (OfAppointment, Kind.APPOINTMENT_RESCHEDULED, TO_BOTH),
    "appointment.cancelled": (OfAppointment, Kind.APPOINTMENT_CANCELLED, TO_BOTH),
    "appointment.expired": (OfAppointment, Kind.APPOINTMENT_EXPIRED, TO_USER),
    "appointment.completed": (OfAppointment, Kind.RATING_INVITATION, TO_USER),
    "payment.succeeded": (OfPayment, Kind.PAYMENT_RECEIPT, TO_USER),
    "payment.refunded": (OfPayment, Kind.REFUND, TO_USER),
    "prescription.issued": (PrescriptionIssued, Kind.PRESCRIPTION_READY, TO_USER),
    "waitlist.offered": (WaitlistOffered, Kind.WAITLIST_OFFER, TO_USER),
}


def make_consumer(store: Store, bus: Bus, notifications: NotificationService, clock: Clock) -> Consumer:
    """Subscribe to everything that somebody is told about."""

    def telling(kind: Kind, recipients: Recipients) -> Callable[[Event, Any], Awaitable[None]]:
        async def tell(event: Event, data: Any) -> None:
            await notifications.tell(event, kind, *recipients(data))

        return tell

    async def remind(event: Event, data: ReminderDue) -> None:
        await notifications.tell(event, REMINDER_KINDS[data.kind], data.user_id)

    async def forget(_: Event, data: AccountErased) -> None:
        await notifications.repository.forget([one for one in (data.account_id, data.profile_id) if one])

    subscriptions: dict[str, Subscription[Any]] = {
        type_: Subscription(model, telling(kind, recipients), transactional=False)
        for type_, (model, kind, recipients) in TELLS.items()
    }
    subscriptions["appointment.reminder_due"] = Subscription(ReminderDue, remind, transactional=False)
    subscriptions["account.erased"] = Subscription(AccountErased, forget)
    return Consumer("notifications", store, bus, subscriptions, clock=clock)
