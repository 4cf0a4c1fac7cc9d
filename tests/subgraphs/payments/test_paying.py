"""Paying: the appointment's own fee, once however often it is asked for."""

import asyncio
from datetime import timedelta
from hashlib import sha256
from typing import Any

import httpx
import orjson
import pytest

from shared.auth import ANONYMOUS, Caller
from subgraphs.payments.service.built_in_provider import BuiltInProvider
from subgraphs.payments.service.paying import GIVEN_UP_AFTER, RESUMED_WITHIN
from tests.subgraphs.callers import ADMIN, DOCTOR, EXPIRED, OTHER_PATIENT, PATIENT, SUPPORT, service
from tests.subgraphs.harness import World, code_of
from tests.subgraphs.payments.asking import PAY, PAYMENT, REFUND, announced, pay, paying
from tests.subgraphs.payments.conftest import due

OF_PATIENT = """query($representations: [_Any!]!) { _entities(representations: $representations) {
  ... on User { payments { edges { node { id } } } } ... on Appointment { payment { id } } } }"""


async def test_a_payment_takes_the_appointments_fee_and_is_announced(world: World) -> None:
    paid = await pay(world)

    payment = paid["payment"]
    assert paid["userErrors"] == []
    assert payment["status"] == "SUCCEEDED"
    assert payment["amount"] == {"amount": "499.00", "currency": "INR"}
    assert payment["receiptNumber"].startswith("BMC-20261123-")
    (event,) = [event for event in await world.published() if event.type == "payment.succeeded"]
    assert event.data == {
        "payment_id": payment["id"],
        "appointment_id": "apt_1",
        "user_id": "usr_patient",
        "version": 2,
    }


async def test_thirty_payments_at_once_charge_once(world: World) -> None:
    answers = await asyncio.gather(*(pay(world, key=f"k{number % 3}") for number in range(30)))

    paid = {answer["payment"]["id"] for answer in answers if answer["payment"]}
    codes = {error["code"] for answer in answers for error in answer["userErrors"]}
    assert len(paid) == 1
    assert codes <= {"ALREADY_PAID"}
    assert await announced(world) == ["payment.succeeded"]


async def test_the_same_key_answers_the_same_payment_and_another_input_is_a_conflict(world: World) -> None:
    first = await pay(world, key="k1")

    again = await pay(world, key="k1")
    other = await pay(world, key="k1", appointment="apt_2")

    assert again == first
    assert other == {"payment": None, "userErrors": [{"code": "IDEMPOTENCY_CONFLICT", "field": ["idempotencyKey"]}]}


@pytest.mark.parametrize("key", ["", "k" * 129, "k\x00", "k\x1b"], ids=["empty", "long", "NUL", "escape"])
async def test_a_key_that_is_none_is_refused_by_name_and_nothing_is_charged_or_given_back(
    world: World, key: str
) -> None:
    refused = await world.ask(PAY, paying(key=key), as_=PATIENT)
    assert await announced(world) == []
    paid = (await pay(world))["payment"]["id"]
    given_back = await world.ask(
        REFUND, {"input": {"paymentId": paid, "reason": "goodwill", "idempotencyKey": key}}, as_=ADMIN
    )

    for answer in (refused, given_back):
        (error,) = answer["errors"]
        assert (error["extensions"]["code"], error["extensions"]["field"]) == ("BAD_USER_INPUT", ["idempotencyKey"])
    assert await announced(world) == ["payment.succeeded"]


async def test_a_declined_card_may_be_followed_by_another(world: World) -> None:
    declined = await pay(world, method="pm_card_declined", key="k1")
    again = await pay(world, method="pm_card_declined", key="k1")

    paid = await pay(world, key="k2")

    assert declined == again == {"payment": None, "userErrors": [{"code": "CARD_DECLINED", "field": ["paymentMethod"]}]}
    assert paid["payment"]["status"] == "SUCCEEDED"
    assert await announced(world) == ["payment.declined", "payment.succeeded"]


async def test_a_timed_out_charge_is_processing_until_reconciled(world: World) -> None:
    paid = await pay(world, method="pm_card_timeout")
    assert paid["payment"]["status"] == "PROCESSING"
    assert (await pay(world, key="k2"))["payment"] == paid["payment"]

    world.clock.advance(timedelta(seconds=5))
    await asyncio.gather(*(world.run_job("reconcile-payments") for _ in range(4)))

    found = await world.ask(PAYMENT, {"id": paid["payment"]["id"]}, as_=PATIENT)
    assert found["data"]["payment"]["status"] == "SUCCEEDED"
    assert await announced(world) == ["payment.succeeded"]


async def cut_short(world: World, *, charged: bool) -> str:
    """Leave a payment as a process does that was killed at work: unsettled, its provider asked or not."""
    begun: str = (await pay(world, method="pm_card_timeout"))["payment"]["id"]
    database = world.subgraph.stores[0].database  # type: ignore[attr-defined]
    asked = sha256(b"apt_1\npm_card_visa").hexdigest()
    await database["payment_keys"].update_many({}, {"$set": {"asked": asked}})
    await database["payments"].update_one({"_id": begun}, {"$set": {"method": "pm_card_visa"}})
    if not charged:
        await database["test_provider_ledger"].delete_many({})
    return begun


@pytest.mark.parametrize("charged", [False, True], ids=["before it was charged", "after it was charged"])
async def test_a_payment_that_was_cut_short_is_finished_by_a_retry_under_its_key(world: World, charged: bool) -> None:
    begun = await cut_short(world, charged=charged)

    answers = await asyncio.gather(*(pay(world) for _ in range(8)))

    assert {(answer["payment"]["id"], answer["payment"]["status"]) for answer in answers} == {(begun, "SUCCEEDED")}
    assert await announced(world) == ["payment.succeeded"]


async def test_a_retry_leaves_a_payment_alone_that_reconciliation_may_be_giving_up(world: World) -> None:
    begun = await cut_short(world, charged=False)
    world.clock.advance(RESUMED_WITHIN + timedelta(seconds=1))

    again = await pay(world)

    assert (again["payment"]["id"], again["payment"]["status"]) == (begun, "PROCESSING")
    assert await announced(world) == []


@pytest.mark.parametrize("status", ["EXPIRED", "CANCELLED", "CONFIRMED", "COMPLETED"])
async def test_only_an_appointment_that_waits_for_it_is_paid(world: World, status: str) -> None:
    due(world, "apt_late", status=status)

    paid = await pay(world, appointment="apt_late")

    assert paid["userErrors"] == [{"code": "APPOINTMENT_NOT_PAYABLE", "field": ["appointmentId"]}]
    assert await world.published() == []


async def test_a_foreign_appointment_answers_like_a_missing_one(world: World) -> None:
    foreign = await pay(world, as_=OTHER_PATIENT)
    missing = await pay(world, appointment="apt_none", as_=OTHER_PATIENT)

    assert foreign == missing
    assert foreign["userErrors"] == [{"code": "NOT_FOUND", "field": ["appointmentId"]}]


async def test_with_the_appointments_down_nothing_is_charged(world: World) -> None:
    world.peers.down.add("appointments")

    answer = await world.ask(PAY, paying(), as_=PATIENT)

    assert code_of(answer) == "SUBGRAPH_UNAVAILABLE"
    assert await world.published() == []


async def post_notice(world: World, body: dict[str, Any], signature: str | None = None) -> httpx.Response:
    provider = BuiltInProvider(None, world.ports.secret("payments:test-webhooks"), world.clock)  # type: ignore[arg-type]
    raw = orjson.dumps(body)
    transport = httpx.ASGITransport(app=world.subgraph.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://payments") as client:
        headers = {"bmc-signature": signature or provider.sign(raw)}
        return await client.post("/webhooks/payments/test", content=raw, headers=headers)


async def test_a_webhook_settles_once_whatever_is_sent_again(world: World) -> None:
    charge = (await pay(world, method="pm_card_timeout"))["payment"]["id"]
    notice = {"id": "n1", "charge": charge, "succeeded": True}

    answers = [await post_notice(world, notice) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert await announced(world) == ["payment.succeeded"]


async def test_a_webhook_with_a_wrong_or_old_signature_changes_nothing(world: World) -> None:
    charge = (await pay(world, method="pm_card_timeout"))["payment"]["id"]
    notice = {"id": "n1", "charge": charge, "succeeded": True}
    raw = orjson.dumps(notice)
    provider = BuiltInProvider(None, world.ports.secret("payments:test-webhooks"), world.clock)  # type: ignore[arg-type]
    old = provider.sign(raw)
    world.clock.advance(timedelta(minutes=6))

    statuses = [
        (await post_notice(world, notice, signature)).status_code
        for signature in (old, "t=1,v1=00", "nonsense", old.replace("v1=", "v1=0"))
    ]

    assert statuses == [400, 400, 400, 400]
    assert await announced(world) == []


async def test_a_charge_that_the_provider_never_saw_is_given_up_and_may_be_paid_again(world: World) -> None:
    paid = await pay(world, method="pm_card_timeout")
    store = world.subgraph.stores[0]
    await store.database["test_provider_ledger"].delete_many({})  # type: ignore[attr-defined]
    world.clock.advance(GIVEN_UP_AFTER + timedelta(seconds=1))

    await world.run_job("reconcile-payments")

    again = await pay(world, key="k2")
    assert again["payment"]["status"] == "SUCCEEDED"
    assert again["payment"]["id"] != paid["payment"]["id"]


@pytest.mark.parametrize(
    ("caller", "pay_code", "refund_code", "sees"),
    [
        (ANONYMOUS, "UNAUTHENTICATED", "UNAUTHENTICATED", False),
        (EXPIRED, "UNAUTHENTICATED", "UNAUTHENTICATED", False),
        (PATIENT, None, "FORBIDDEN", True),
        (OTHER_PATIENT, None, "FORBIDDEN", False),
        (DOCTOR, "FORBIDDEN", "FORBIDDEN", False),
        (SUPPORT, "FORBIDDEN", "FORBIDDEN", True),
        (ADMIN, "FORBIDDEN", None, True),
        (service("payments:read"), "FORBIDDEN", "FORBIDDEN", True),
        (service("users:read"), "FORBIDDEN", "FORBIDDEN", False),
    ],
    ids=["anonymous", "expired", "patient", "other patient", "doctor", "support", "admin", "service", "other service"],
)
async def test_who_may_do_what(
    world: World, caller: Caller, pay_code: str | None, refund_code: str | None, sees: bool
) -> None:
    paid = (await pay(world))["payment"]["id"]
    refunded = {"input": {"paymentId": "pay_none", "reason": "x", "idempotencyKey": "r"}}

    seen = await world.ask(PAYMENT, {"id": paid}, as_=caller)

    assert code_of(await world.ask(PAY, paying("apt_2", key="k9"), as_=caller)) == pay_code
    assert code_of(await world.ask(REFUND, refunded, as_=caller)) == refund_code
    assert bool((seen.get("data") or {}).get("payment")) is sees


@pytest.mark.parametrize(
    ("caller", "reads"),
    [(PATIENT, ["usr_patient"]), (ADMIN, ["usr_patient"]), (OTHER_PATIENT, []), (service("payments:read"), [])],
    ids=["patient", "admin", "other patient", "service"],
)
async def test_whoever_is_shown_a_payment_is_in_the_audit_trail(world: World, caller: Caller, reads: list[str]) -> None:
    paid = (await pay(world))["payment"]["id"]

    for asked, variables in (
        (PAYMENT, {"id": paid}),
        (OF_PATIENT, {"representations": [{"__typename": "User", "id": "usr_patient"}]}),
        (OF_PATIENT, {"representations": [{"__typename": "Appointment", "id": "apt_1"}]}),
    ):
        before = len(await world.published())
        await world.ask(asked, variables, as_=caller)
        told = [event.data for event in (await world.published())[before:]]
        assert [deed["user_id"] for deed in told] == reads
        assert {(deed["actor_id"], deed["action"], deed["resource_id"]) for deed in told} <= {
            (caller.account_id, "payment.read", paid)
        }
