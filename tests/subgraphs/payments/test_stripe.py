"""Paying by Stripe, on a peer shaped like it: what its faults come to, and that money never moves unseen."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from shared.settings import WrongSetting
from shared.stores.mongo import MongoStore
from subgraphs.payments.repository import PaymentRepository
from subgraphs.payments.service.paying import GIVEN_UP_AFTER
from subgraphs.payments.service.stripe_provider import StripeProvider, StripeUrl
from tests.contracts.payments.stripe_peer import StripePeer, stripe_peer
from tests.subgraphs.harness import World
from tests.subgraphs.payments.asking import announced, pay, refund
from tests.subgraphs.payments.conftest import due

UNAVAILABLE = [{"code": "PROVIDER_UNAVAILABLE", "field": None}]


@pytest.fixture
async def peer() -> AsyncIterator[StripePeer]:
    async with stripe_peer() as peer:
        yield peer


@pytest.fixture
async def world(mongo_url: str, tmp_path: Path, peer: StripePeer) -> AsyncIterator[World]:
    world = await World.open("payments", mongo_url=mongo_url, folder=tmp_path, payments_url=peer.url)
    due(world, "apt_1")
    yield world
    await world.close()


def provider_of(world: World, peer: StripePeer) -> StripeProvider:
    """Another process's provider, on the same store."""
    (store,) = world.subgraph.stores
    assert isinstance(store, MongoStore)
    return StripeProvider(StripeUrl.read(peer.url), PaymentRepository(store))


async def test_a_card_pays_the_fee_and_stripe_is_told_nothing_but_ids(world: World, peer: StripePeer) -> None:
    paid = (await pay(world))["payment"]

    (intent,) = peer.intents.values()
    assert paid["status"] == "SUCCEEDED"
    assert (intent["amount"], intent["currency"], intent["metadata"]) == (49_900, "inr", {"payment": paid["id"]})
    assert await announced(world) == ["payment.succeeded"]


@pytest.mark.parametrize("card", ["pm_card_chargeDeclined", "pm_card_authenticationRequired", "pm_nonsense"])
async def test_a_card_that_is_declined_or_wants_its_holder_may_be_followed_by_another(
    world: World, peer: StripePeer, card: str
) -> None:
    declined = await pay(world, method=card, key="k1")

    assert declined["userErrors"] == [{"code": "CARD_DECLINED", "field": ["paymentMethod"]}]
    assert (await pay(world, key="k2"))["payment"]["status"] == "SUCCEEDED"
    assert sorted(one["status"] for one in peer.intents.values()) == ["requires_payment_method", "succeeded"]


async def test_a_declined_card_is_not_tried_again_by_the_same_payment(world: World, peer: StripePeer) -> None:
    provider = provider_of(world, peer)
    answers = [await provider.charge("pay_1", 49_900, "INR", "pm_card_chargeDeclined") for _ in range(2)]

    assert [answer.succeeded for answer in answers] == [False, False]
    assert peer.tried == ["pm_card_chargeDeclined"]


@pytest.mark.parametrize(
    "fault",
    [("/payment_intents", "unheard"), ("/payment_intents", "lost"), ("/payment_intents", 500), ("/confirm", 429)],
)
async def test_where_no_money_can_have_moved_the_patient_is_told_so_and_may_try_again(
    world: World, peer: StripePeer, fault: tuple[str, int | str]
) -> None:
    peer.faults.append(fault)

    assert (await pay(world, key="k1"))["userErrors"] == UNAVAILABLE
    assert (await pay(world, key="k2"))["payment"]["status"] == "SUCCEEDED"
    assert sum(one["status"] == "succeeded" for one in peer.intents.values()) == 1


async def test_with_stripe_out_of_reach_or_a_wrong_key_nothing_is_charged(
    mongo_url: str, tmp_path: Path, peer: StripePeer
) -> None:
    for number, url in enumerate(
        [peer.url.replace("sk_test_peer", "sk_test_old"), f"stripe://a:b@x?endpoint=http://127.0.0.1:{peer.port + 1}"]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        world = await World.open("payments", mongo_url=mongo_url, folder=folder, payments_url=url)
        due(world, "apt_1")
        assert (await pay(world))["userErrors"] == UNAVAILABLE
        await world.close()
    assert peer.intents == {}


@pytest.mark.parametrize("fault", ["lost", "unheard", 500])
async def test_a_confirmation_without_an_answer_is_processing_until_stripe_can_be_asked(
    world: World, peer: StripePeer, fault: int | str
) -> None:
    peer.faults.append(("/confirm", fault))
    begun = (await pay(world))["payment"]
    assert begun["status"] == "PROCESSING"
    due(world, "apt_2")
    peer.faults.append(("/confirm", "lost"))
    other = (await pay(world, appointment="apt_2", key="k2"))["payment"]["id"]

    world.clock.advance(GIVEN_UP_AFTER + timedelta(seconds=1))
    peer.faults.append(("/pi_1", 500))
    await world.run_job("reconcile-payments")

    # The one that cannot be asked about yet holds up no other.
    assert await announced(world) == ["payment.succeeded"]
    await world.run_job("reconcile-payments")
    outcome = "payment.succeeded" if fault == "lost" else "payment.declined"
    assert sorted(await announced(world)) == sorted(["payment.succeeded", outcome])
    assert peer.moved(begun["id"]) == (49_900 if fault == "lost" else 0)
    assert peer.moved(other) == 49_900


async def test_a_payment_that_was_given_up_is_not_charged_by_a_process_that_was_only_slow(
    world: World, peer: StripePeer
) -> None:
    peer.faults.append(("/confirm", "unheard"))
    begun = (await pay(world))["payment"]["id"]
    world.clock.advance(GIVEN_UP_AFTER + timedelta(seconds=1))
    await world.run_job("reconcile-payments")
    assert peer.intents["pi_1"]["status"] == "canceled"

    late = await provider_of(world, peer).charge(begun, 49_900, "INR", "pm_card_visa")

    assert not late.succeeded
    assert peer.moved(begun) == 0
    assert await announced(world) == ["payment.declined"]


async def test_a_refund_that_waited_longer_than_stripe_remembers_keys_is_given_once(
    world: World, peer: StripePeer
) -> None:
    paid = (await pay(world))["payment"]["id"]
    peer.faults.append(("/refunds", 500))
    assert (await refund(world, paid, "100.00", "r1"))["payment"]["status"] == "REFUND_PENDING"
    assert peer.refunds == []

    world.clock.advance(timedelta(seconds=5))
    await world.run_job("reconcile-refunds")
    peer.answered.clear()
    world.clock.advance(timedelta(days=2))
    again = await refund(world, paid, "100.00", "r1")

    assert again["payment"]["refundedAmount"] == {"amount": "100.00"}
    assert peer.moved(paid) == 39_900


async def test_a_refund_whose_answer_was_lost_is_found_and_not_given_again(world: World, peer: StripePeer) -> None:
    paid = (await pay(world))["payment"]["id"]
    provider = provider_of(world, peer)
    await provider.refund("ref_1", paid, 10_000, "INR")
    peer.answered.clear()

    await provider.refund("ref_1", paid, 10_000, "INR")

    assert peer.moved(paid) == 39_900


async def test_amounts_are_counted_as_stripe_counts_them(world: World, peer: StripePeer) -> None:
    for number, (amount, currency, units) in enumerate(
        [("500", "JPY", 500), ("5.120", "KWD", 5_120), ("700", "ISK", 70_000), ("9.99", "EUR", 999)]
    ):
        fee = {"amount": amount, "currency": currency}
        world.peers.knows("Appointment", f"apt_c{number}", status="PENDING_PAYMENT", userId="usr_patient", fee=fee)
        paid = (await pay(world, appointment=f"apt_c{number}", key=f"c{number}"))["payment"]["id"]
        assert peer.moved(paid) == units


async def test_what_costs_nothing_is_paid_without_stripe(world: World, peer: StripePeer) -> None:
    due(world, "apt_free", amount="0.00")

    assert (await pay(world, appointment="apt_free"))["payment"]["status"] == "SUCCEEDED"
    assert peer.asked == []


async def post(world: World, body: bytes, signature: str) -> int:
    transport = httpx.ASGITransport(app=world.subgraph.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://payments") as client:
        headers = {"stripe-signature": signature}
        return (await client.post("/webhooks/payments/stripe", content=body, headers=headers)).status_code


async def test_webhooks_settle_once_and_what_does_not_matter_is_only_received(world: World, peer: StripePeer) -> None:
    peer.faults.append(("/confirm", "lost"))
    begun = (await pay(world))["payment"]["id"]
    succeeded = peer.notice("payment_intent.succeeded", begun)
    other = peer.notice("customer.created", begun, "2")
    foreign = peer.notice("payment_intent.succeeded", "pay_of_another_shop", "3")

    statuses = [await post(world, *notice) for notice in (other, foreign, succeeded, succeeded)]

    assert statuses == [200, 200, 200, 200]
    assert await announced(world) == ["payment.succeeded"]


async def test_a_webhook_that_is_old_or_not_stripes_changes_nothing(world: World, peer: StripePeer) -> None:
    peer.faults.append(("/confirm", "lost"))
    body, signature = peer.notice("payment_intent.succeeded", (await pay(world))["payment"]["id"])

    statuses = [
        await post(world, body, other)
        for other in (peer.sign(body, int(time.time()) - 400), signature.replace("v1=", "v1=0"), "")
    ]

    assert statuses == [400, 400, 400]
    assert await announced(world) == []


@pytest.mark.parametrize(
    "url",
    [
        "stripe://",
        "stripe://sk_live_secret@api.stripe.com",
        "stripe://sk_live_secret:@api.stripe.com",
        "stripe://sk_live_secret:whsec_secret@api.stripe.com/v1",
        "stripe://sk_live_secret:whsec_secret@api.stripe.com?enpoint=http://127.0.0.1",
        "paypal://sk_live_secret:whsec_secret@api.paypal.com",
    ],
)
async def test_a_wrong_address_is_refused_by_a_line_without_its_secrets(
    url: str, mongo_url: str, tmp_path: Path
) -> None:
    with pytest.raises(WrongSetting, match=r"^BMC_PAYMENTS_URL: ") as refused:
        await World.open("payments", mongo_url=mongo_url, folder=tmp_path, payments_url=url)

    assert "secret" not in str(refused.value).replace("<secret key>:<webhook secret>", "")


def test_stripe_is_asked_over_tls_where_nothing_else_is_said() -> None:
    assert StripeUrl.read("stripe://sk:wh@api.stripe.com") == StripeUrl("sk", "wh", "https://api.stripe.com")


async def test_production_takes_the_test_provider_only_where_it_is_named(mongo_url: str, tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match=r"^BMC_PAYMENTS_URL: production needs"):
        await World.open("payments", mongo_url=mongo_url, folder=tmp_path, env="production")

    named = await World.open("payments", mongo_url=mongo_url, folder=tmp_path, env="production", payments_url="test://")
    await named.close()
