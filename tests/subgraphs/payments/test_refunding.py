"""Refunding: partial and whole, never more than was paid, each once."""

import asyncio
from datetime import timedelta
from typing import ClassVar

import pytest

from shared.events.declared import EventData
from tests.subgraphs.callers import ADMIN, PATIENT
from tests.subgraphs.harness import World, code_of
from tests.subgraphs.payments.asking import PAYMENT, REFUND, announced, pay, refund


class Cancelled(EventData):
    type: ClassVar[str] = "appointment.cancelled"
    appointment_id: str
    refund: bool


class Unplaceable(EventData):
    type: ClassVar[str] = "appointment.payment_unplaceable"
    appointment_id: str
    payment_id: str


@pytest.fixture
async def paid(world: World) -> str:
    payment_id: str = (await pay(world))["payment"]["id"]
    return payment_id


async def state(world: World, payment_id: str) -> tuple[str, str]:
    payment = (await world.ask(PAYMENT, {"id": payment_id}, as_=PATIENT))["data"]["payment"]
    return payment["status"], payment["refundedAmount"]["amount"]


async def test_parts_are_refunded_until_nothing_is_left(world: World, paid: str) -> None:
    assert (await refund(world, paid, "100.00", "r1"))["payment"]["status"] == "PARTIALLY_REFUNDED"
    assert (await refund(world, paid, None, "r2"))["payment"]["status"] == "REFUNDED"
    over = await refund(world, paid, "0.01", "r3")

    assert over["userErrors"] == [{"code": "INVALID_STATE", "field": ["paymentId"]}]
    assert await state(world, paid) == ("REFUNDED", "499.00")
    assert await announced(world) == ["payment.succeeded", "payment.refunded", "payment.refunded"]


async def test_parallel_refunds_never_exceed_what_was_paid(world: World, paid: str) -> None:
    answers = await asyncio.gather(*(refund(world, paid, "100.00", f"r{number}") for number in range(12)))

    codes = [error["code"] for answer in answers for error in answer["userErrors"]]
    assert codes == ["AMOUNT_TOO_LARGE"] * 8
    assert await state(world, paid) == ("PARTIALLY_REFUNDED", "400.00")


async def test_the_same_refund_key_refunds_once(world: World, paid: str) -> None:
    await asyncio.gather(*(refund(world, paid, "50.00", "same") for _ in range(6)))
    conflict = await refund(world, paid, "60.00", "same")

    assert await state(world, paid) == ("PARTIALLY_REFUNDED", "50.00")
    assert conflict["userErrors"] == [{"code": "IDEMPOTENCY_CONFLICT", "field": ["idempotencyKey"]}]


@pytest.mark.parametrize(
    ("amount", "code"), [("500.00", "AMOUNT_TOO_LARGE"), ("499.01", "AMOUNT_TOO_LARGE")], ids=["more", "a paisa more"]
)
async def test_more_than_was_paid_is_refused(world: World, paid: str, amount: str, code: str) -> None:
    refused = await refund(world, paid, amount, "r1")

    assert refused["userErrors"] == [{"code": code, "field": ["amount"]}]
    assert await state(world, paid) == ("SUCCEEDED", "0.00")


@pytest.mark.parametrize(
    ("money", "field"),
    [
        ({"amount": "-1.00", "currency": "INR"}, ["amount", "amount"]),
        ({"amount": "0.00", "currency": "INR"}, ["amount", "amount"]),
        ({"amount": "1.001", "currency": "INR"}, ["amount", "amount"]),
        ({"amount": "1.00", "currency": "USD"}, ["amount", "currency"]),
        ({"amount": "1.00", "currency": "XYZ"}, ["amount", "currency"]),
    ],
)
async def test_a_malformed_amount_names_its_field(
    world: World, paid: str, money: dict[str, str], field: list[str]
) -> None:
    asked = {"paymentId": paid, "amount": money, "reason": "x", "idempotencyKey": "r1"}

    answer = await world.ask(REFUND, {"input": asked}, as_=ADMIN)

    assert code_of(answer) == "BAD_USER_INPUT"
    assert answer["errors"][0]["extensions"]["field"] == field
    assert await state(world, paid) == ("SUCCEEDED", "0.00")


async def test_a_cancelled_appointment_is_refunded_once_however_often_it_is_told(world: World, paid: str) -> None:
    told = await world.deliver("appointments", "apt_1", Cancelled(appointment_id="apt_1", refund=True))
    await world.redeliver(told)
    await world.redeliver(told)

    assert await state(world, paid) == ("REFUNDED", "499.00")
    assert await announced(world) == ["payment.succeeded", "payment.refunded"]


async def test_a_late_cancellation_refunds_nothing(world: World, paid: str) -> None:
    await world.deliver("appointments", "apt_1", Cancelled(appointment_id="apt_1", refund=False))

    assert await state(world, paid) == ("SUCCEEDED", "0.00")


async def test_a_payment_whose_slot_had_gone_is_refunded_in_full(world: World, paid: str) -> None:
    await world.deliver("appointments", "apt_1", Unplaceable(appointment_id="apt_1", payment_id=paid))

    assert await state(world, paid) == ("REFUNDED", "499.00")


async def test_a_refund_that_was_cut_short_is_finished_by_reconciliation(world: World, paid: str) -> None:
    await refund(world, paid, "100.00", "r1")
    database = world.subgraph.stores[0].database  # type: ignore[attr-defined]
    await database["refunds"].update_one({}, {"$set": {"status": "PENDING"}})
    await database["payments"].update_one({}, {"$set": {"status": "REFUND_PENDING", "refunded": 0}})
    world.clock.advance(timedelta(seconds=5))

    await asyncio.gather(*(world.run_job("reconcile-refunds") for _ in range(3)))

    assert await state(world, paid) == ("PARTIALLY_REFUNDED", "100.00")
