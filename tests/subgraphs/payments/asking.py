"""What the tests of payments ask."""

from typing import Any

from shared.auth import Caller
from tests.subgraphs.callers import ADMIN, PATIENT
from tests.subgraphs.harness import World

FIELDS = "id status method receiptNumber amount { amount currency } refundedAmount { amount }"
PAY = f"""mutation($input: PayAppointmentInput!) {{ payAppointment(input: $input) {{
  payment {{ {FIELDS} }} userErrors {{ code field }} }} }}"""
REFUND = f"""mutation($input: RefundPaymentInput!) {{ refundPayment(input: $input) {{
  payment {{ {FIELDS} }} userErrors {{ code field }} }} }}"""
PAYMENT = f"query($id: ID!) {{ payment(id: $id) {{ {FIELDS} }} }}"


def paying(appointment: str = "apt_1", method: str = "pm_card_visa", key: str = "k1") -> dict[str, Any]:
    return {"input": {"appointmentId": appointment, "paymentMethod": method, "idempotencyKey": key}}


async def pay(world: World, *, as_: Caller = PATIENT, **rest: str) -> dict[str, Any]:
    answer = await world.ask(PAY, paying(**rest), as_=as_)
    paid: dict[str, Any] = answer["data"]["payAppointment"]
    return paid


async def refund(world: World, payment_id: str, amount: str | None, key: str, *, as_: Caller = ADMIN) -> dict[str, Any]:
    money = {"amount": amount, "currency": "INR"} if amount else None
    asked = {"paymentId": payment_id, "amount": money, "reason": "goodwill", "idempotencyKey": key}
    answer = await world.ask(REFUND, {"input": asked}, as_=as_)
    refunded: dict[str, Any] = answer["data"]["refundPayment"]
    return refunded


async def announced(world: World) -> list[str]:
    return [event.type for event in await world.published() if event.type != "audit.recorded"]
