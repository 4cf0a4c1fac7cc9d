"""What the contract of payment providers is run against; an adapter joins by a function that opens it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from shared.clock import ManualClock
from shared.ids import new_id
from shared.stores.mongo import MongoStore
from subgraphs.payments.documents import DOCUMENTS, TestLedgerDocument
from subgraphs.payments.repository import PaymentRepository
from subgraphs.payments.service.built_in_provider import BuiltInProvider
from subgraphs.payments.service.provider import PaymentProvider
from subgraphs.payments.service.stripe_provider import StripeProvider, StripeUrl
from tests.contracts.payments.stripe_peer import stripe_peer

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
Notice = tuple[bytes, str]


@dataclass(frozen=True, slots=True)
class OpenedProvider:
    """A provider, a card for each fate, what a charge has moved so far, and its webhooks."""

    provider: PaymentProvider
    good: str
    declined: str
    lose_next_answer: Callable[[], str]
    """Answers the card whose next charge happens, but is not answered."""
    moved: Callable[[str], Awaitable[int]]
    notice: Callable[[str, bool], Notice]


@asynccontextmanager
async def built_in(repository: PaymentRepository) -> AsyncIterator[OpenedProvider]:
    """Open the test provider."""
    provider = BuiltInProvider(repository, b"of the test", ManualClock(NOON))

    async def moved(key: str) -> int:
        charge = await repository.entered(key)
        paid = charge.amount if charge is not None and charge.succeeded else 0
        refunds = await TestLedgerDocument.find({"kind": "refund"}).to_list()
        return paid - sum(one.amount for one in refunds)

    def notice(key: str, succeeded: bool) -> Notice:
        body = orjson.dumps({"id": "n1", "charge": key, "succeeded": succeeded})
        return body, provider.sign(body)

    yield OpenedProvider(provider, "pm_card_visa", "pm_card_declined", lambda: "pm_card_timeout", moved, notice)


@asynccontextmanager
async def stripe(repository: PaymentRepository) -> AsyncIterator[OpenedProvider]:
    """Open Stripe's, on a peer."""
    async with stripe_peer() as peer:
        provider = StripeProvider(StripeUrl.read(peer.url), repository)

        async def moved(key: str) -> int:
            return peer.moved(key)

        def lose_next_answer() -> str:
            peer.faults.append(("/confirm", "lost"))
            return "pm_card_visa"

        def notice(key: str, succeeded: bool) -> Notice:
            return peer.notice("payment_intent.succeeded" if succeeded else "payment_intent.payment_failed", key)

        yield OpenedProvider(provider, "pm_card_visa", "pm_card_chargeDeclined", lose_next_answer, moved, notice)
        await provider.close()


ADAPTERS: dict[str, Callable[[PaymentRepository], AbstractAsyncContextManager[OpenedProvider]]] = {
    "built-in": built_in,
    "stripe": stripe,
}


@asynccontextmanager
async def opened(kind: str, mongo_url: str) -> AsyncIterator[OpenedProvider]:
    """Open a provider of this kind on a store of its own."""
    store = MongoStore.connect(mongo_url, new_id("t"))
    await store.open(DOCUMENTS)
    async with ADAPTERS[kind](PaymentRepository(store)) as provider:
        yield provider
    await store.database.client.drop_database(store.database.name)
    await store.close()
