"""What this subgraph hears from others.

`account.created` completes a registration, and a doctor is suspended, or erased, with their account. `rating.*` and
what happens to availability and appointments only say that something changed, and the owner is asked what. All of it
may come twice and in any order.
"""

from pydantic import BaseModel

from shared.events.bus import Bus
from shared.events.consumer import Consumer, Subscription
from shared.events.envelope import Event
from shared.stores.store import Store
from subgraphs.doctors.service import DoctorServices

AVAILABILITY = (
    "availability.published",
    "availability.overridden",
    "appointment.booked",
    "appointment.rescheduled",
    "appointment.cancelled",
    "appointment.expired",
)


class AccountCreated(BaseModel):
    """What is read of an account's making."""

    account_id: str
    profile_id: str
    role: str


class AccountStandingChanged(BaseModel):
    """What is read of a suspension, its end, or the account's: whose, and the account's version, which orders them."""

    profile_id: str
    version: int


class RatingsChanged(BaseModel):
    """What is read of a rating: `version` counts the changes of the doctor's ratings."""

    doctor_id: str
    version: int


class AvailabilityChanged(BaseModel):
    """What is read of anything that takes or frees a doctor's slots."""

    doctor_id: str


class DoctorConsumers:
    """The handlers. All make transactions of their own: the memory forgets a doctor only after the commit."""

    def __init__(self, services: DoctorServices) -> None:
        self._services = services

    async def account_created(self, _: Event, data: AccountCreated) -> None:
        """Complete the registration of a doctor."""
        if data.role == "DOCTOR":
            await self._services.registration.activate(data.profile_id, data.account_id)

    async def account_suspended(self, _: Event, data: AccountStandingChanged) -> None:
        """Take a doctor off the directory with their account."""
        await self._services.vetting.follow_account(data.profile_id, data.version, suspended=True)

    async def account_reinstated(self, _: Event, data: AccountStandingChanged) -> None:
        """Put a doctor back whom only the account's suspension took off."""
        await self._services.vetting.follow_account(data.profile_id, data.version, suspended=False)

    async def account_erased(self, _: Event, data: AccountStandingChanged) -> None:
        """Erase a doctor."""
        if data.profile_id:
            await self._services.erasure.erase(data.profile_id, data.version)

    async def ratings_changed(self, _: Event, data: RatingsChanged) -> None:
        """Bring a doctor's average up to date."""
        await self._services.ratings.follow(data.doctor_id, data.version)

    async def availability_changed(self, _: Event, data: AvailabilityChanged) -> None:
        """Bring a doctor's next free slot up to date."""
        await self._services.availability.follow(data.doctor_id)


def make_consumers(store: Store, bus: Bus, services: DoctorServices) -> tuple[Consumer, ...]:
    """Subscribe: the registrations, the rating worker, and the follower of availability."""
    handlers = DoctorConsumers(services)
    account = Subscription(AccountCreated, handlers.account_created, transactional=False)
    suspended = Subscription(AccountStandingChanged, handlers.account_suspended, transactional=False)
    reinstated = Subscription(AccountStandingChanged, handlers.account_reinstated, transactional=False)
    rating = Subscription(RatingsChanged, handlers.ratings_changed, transactional=False)
    availability = Subscription(AvailabilityChanged, handlers.availability_changed, transactional=False)
    return (
        Consumer(
            "doctors",
            store,
            bus,
            {
                "account.created": account,
                "account.suspended": suspended,
                "account.reinstated": reinstated,
                "account.erased": Subscription(AccountStandingChanged, handlers.account_erased, transactional=False),
            },
        ),
        Consumer("doctors.ratings", store, bus, dict.fromkeys(("rating.published", "rating.moderated"), rating)),
        Consumer("doctors.availability", store, bus, dict.fromkeys(AVAILABILITY, availability)),
    )
