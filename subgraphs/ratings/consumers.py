"""What this subgraph hears: patients who left for good."""

from pydantic import BaseModel

from shared.clock import Clock
from shared.events.bus import Bus
from shared.events.consumer import Consumer, Subscription
from shared.events.envelope import Event
from shared.stores.store import Store
from subgraphs.ratings.service import RatingService


class AccountErased(BaseModel):
    """What is read of an account's end."""

    profile_id: str


def make_consumer(store: Store, bus: Bus, service: RatingService, clock: Clock) -> Consumer:
    """Subscribe."""

    async def forget(_: Event, data: AccountErased) -> None:
        if data.profile_id:
            await service.forget_author(data.profile_id)

    return Consumer("ratings", store, bus, {"account.erased": Subscription(AccountErased, forget)}, clock=clock)
