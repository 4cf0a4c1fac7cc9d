"""What the tests of this folder ask, as functions."""

from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from shared.auth import Caller
from shared.events.envelope import Event
from tests.subgraphs.callers import DOCTOR, PATIENT
from tests.subgraphs.harness import World

TEN = "2026-11-24T04:30:00Z"
"""Tuesday, 10:00 in Kolkata."""
HALF_PAST_TEN = "2026-11-24T05:00:00Z"
DAY = timedelta(days=1)

APPOINTMENT = "id status startsAt endsAt payBy fee { amount currency } rescheduleCount cancellationReason"
ENTRY = "id status from to offeredSlot { startsAt fee { amount } } offerExpiresAt"
ERRORS = "userErrors { code field message }"

PUBLISH = f"""mutation($input: PublishAvailabilityInput!) {{
    publishAvailability(input: $input) {{ doctor {{ id }} {ERRORS} }} }}"""
OVERRIDE = f"""mutation($input: OverrideAvailabilityInput!) {{
    overrideAvailability(input: $input) {{ doctor {{ id }} {ERRORS} }} }}"""
BOOK = f"""mutation($input: BookAppointmentInput!) {{ bookAppointment(input: $input) {{
    appointment {{ {APPOINTMENT} }} alternatives {{ startsAt }} {ERRORS} }} }}"""
SLOTS = """query($r: [_Any!]!, $from: Date!, $to: Date!) { _entities(representations: $r) {
    ... on Doctor { slots(from: $from, to: $to) { startsAt endsAt fee { amount } } } } }"""


class Payment(BaseModel):
    """Stands in for the payments subgraph's event data."""

    payment_id: str
    appointment_id: str
    user_id: str = "usr_patient"
    version: int = 1


def weekly(from_: str = "09:00", to: str = "12:00", days: tuple[str, ...] | None = None) -> list[dict[str, str]]:
    """Answer the same hours for several days."""
    everyday = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
    return [{"day": day, "from": from_, "to": to} for day in days or everyday]


async def publish(world: World, *, as_: Caller = DOCTOR, **changes: Any) -> dict[str, Any]:
    """Publish hours: every day 9 to 12, half an hour each, unless changed."""
    input_ = {"weekly": weekly(), "slotMinutes": 30, **changes}
    answer = await world.ask(PUBLISH, {"input": input_}, as_=as_)
    payload: dict[str, Any] = answer["data"]["publishAvailability"]
    return payload


async def book(
    world: World, starts_at: str = TEN, *, as_: Caller = PATIENT, key: str = "key", **changes: Any
) -> dict[str, Any]:
    """Ask for a slot; answers the payload."""
    input_ = {"doctorId": DOCTOR.doctor_id, "startsAt": starts_at, "idempotencyKey": key, **changes}
    answer = await world.ask(BOOK, {"input": input_}, as_=as_)
    assert "errors" not in answer, answer
    payload: dict[str, Any] = answer["data"]["bookAppointment"]
    return payload


async def booked(world: World, starts_at: str = TEN, *, as_: Caller = PATIENT, key: str = "key") -> str:
    """Book a slot; answers the appointment's id."""
    payload = await book(world, starts_at, as_=as_, key=key)
    assert payload["userErrors"] == []
    appointment_id: str = payload["appointment"]["id"]
    return appointment_id


async def pay(world: World, appointment_id: str, payment_id: str = "pay_1") -> None:
    """Deliver the event that the payments subgraph would send."""
    await world.redeliver(payment_event(world, appointment_id, payment_id))


def payment_event(world: World, appointment_id: str, payment_id: str = "pay_1") -> Event:
    """Make the event of a payment that went through."""

    data = Payment(payment_id=payment_id, appointment_id=appointment_id).model_dump()
    return Event(type="payment.succeeded", source="payments", subject=payment_id, time=world.clock.now(), data=data)


async def confirmed(world: World, starts_at: str = TEN, *, as_: Caller = PATIENT, key: str = "key") -> str:
    """Book and pay; answers the appointment's id."""
    appointment_id = await booked(world, starts_at, as_=as_, key=key)
    await pay(world, appointment_id, f"pay_{appointment_id}")
    return appointment_id


async def starts(
    world: World, first: str = "2026-11-24", last: str = "2026-11-24", doctor: str = "doc_doctor"
) -> list[str]:
    """List the beginnings of a doctor's free slots."""
    variables = {"r": [{"__typename": "Doctor", "id": doctor}], "from": first, "to": last}
    answer = await world.ask(SLOTS, variables)
    assert "errors" not in answer, answer
    return [slot["startsAt"] for slot in answer["data"]["_entities"][0]["slots"]]


async def show(world: World, appointment_id: str, *, as_: Caller = PATIENT, fields: str = APPOINTMENT) -> Any:
    """Ask for an appointment; None for one that the caller may not see."""
    answer = await world.ask(
        f"query($id: ID!) {{ appointment(id: $id) {{ {fields} }} }}", {"id": appointment_id}, as_=as_
    )
    assert "errors" not in answer, answer
    return answer["data"]["appointment"]


async def change(world: World, mutation: str, as_: Caller, **input_: Any) -> dict[str, Any]:
    """Run one of the mutations that answer an AppointmentPayload."""
    kind = {
        "rescheduleAppointment": "RescheduleAppointmentInput",
        "cancelAppointment": "CancelAppointmentInput",
    }.get(mutation, "AppointmentTransitionInput")
    answer = await world.ask(
        f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ appointment {{ {APPOINTMENT} }} {ERRORS} }} }}",
        {"input": input_},
        as_=as_,
    )
    assert "errors" not in answer, answer
    payload: dict[str, Any] = answer["data"][mutation]
    return payload


async def join(world: World, as_: Caller, first: str = "2026-11-24", last: str = "2026-11-26") -> dict[str, Any]:
    """Wait for the doctor between two dates; answers the payload."""
    answer = await world.ask(
        f"mutation($input: JoinWaitlistInput!) {{ joinWaitlist(input: $input) {{ entry {{ {ENTRY} }} {ERRORS} }} }}",
        {"input": {"doctorId": DOCTOR.doctor_id, "from": first, "to": last}},
        as_=as_,
    )
    payload: dict[str, Any] = answer["data"]["joinWaitlist"]
    return payload


def codes(payload: dict[str, Any]) -> list[str]:
    """Answer the codes of a payload's user errors."""
    return [error["code"] for error in payload["userErrors"]]


async def kinds(world: World) -> list[str]:
    """Answer the types of what the subgraph has announced, without the audit's."""
    return [one.type for one in await world.published() if one.topic != "audit"]
