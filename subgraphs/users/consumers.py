"""What this subgraph hears from others.

`account.created` completes a registration and `account.erased` ends it; every `appointment.*` tells that a doctor sees
a patient, those after the payment that the doctor treats them. Both may come twice and in any order.
"""

from pydantic import BaseModel

from shared.events.bus import Bus
from shared.events.consumer import Consumer, Subscription
from shared.events.envelope import Event
from shared.stores.store import Store
from subgraphs.users.service import UserServices

SEEN = ("appointment.booked", "appointment.cancelled", "appointment.expired", "appointment.rescheduled")
TREATED = ("appointment.confirmed", "appointment.checked_in", "appointment.completed", "appointment.no_show")


class AccountCreated(BaseModel):
    """What is read of an account's making."""

    account_id: str
    profile_id: str
    role: str


class AccountErased(BaseModel):
    """What is read of an account's end."""

    account_id: str
    profile_id: str


class AppointmentChanged(BaseModel):
    """What is read of any change of an appointment."""

    doctor_id: str
    user_id: str


class UserConsumers:
    """The handlers; each runs in the transaction of its message, but the erasure, which deletes files too."""

    def __init__(self, services: UserServices) -> None:
        self._services = services

    async def account_created(self, _: Event, data: AccountCreated) -> None:
        """Complete the registration of a patient."""
        if data.role == "PATIENT":
            await self._services.registration.activate(data.profile_id, data.account_id)

    async def account_erased(self, _: Event, data: AccountErased) -> None:
        """Erase a patient."""
        if data.profile_id:
            await self._services.erasure.erase(data.profile_id, data.account_id)

    async def appointment_changed(self, event: Event, data: AppointmentChanged) -> None:
        """Keep which doctor sees which patient."""
        await self._services.profiles.note_care(data.doctor_id, data.user_id, confirmed=event.type in TREATED)


def make_consumer(store: Store, bus: Bus, services: UserServices) -> Consumer:
    """Subscribe."""
    handlers = UserConsumers(services)
    appointment = Subscription(AppointmentChanged, handlers.appointment_changed)
    return Consumer(
        "users",
        store,
        bus,
        {
            "account.created": Subscription(AccountCreated, handlers.account_created),
            "account.erased": Subscription(AccountErased, handlers.account_erased, transactional=False),
            **dict.fromkeys((*SEEN, *TREATED), appointment),
        },
    )
