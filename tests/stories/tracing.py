"""A booking and its payment under one trace of the client's, and what of it must have been told."""

from typing import Any

import httpx

from tests.shared.otlp_peer import Told
from tests.stories.client import Client
from tests.stories.people import Doctor, Patient

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
FROM_CLIENT = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "x-correlation-id": "the-clients-own-id"}
CLINICAL = {"symptoms": "canarysymptom", "priorMedicalHistory": "canaryhistory"}
BOOK = """mutation canaryOperation($input: BookAppointmentInput!) { canaryAlias: bookAppointment(input: $input) {
  appointment { id doctor { lastName } } userErrors { code } } }"""
PAY = """mutation($input: PayAppointmentInput!) { payAppointment(input: $input) {
  payment { id status } userErrors { code } } }"""

NAMES = {
    "mutation bookAppointment",
    "mutation payAppointment",
    "transaction",
    "ask doctors",
    "publish appointment.booked",
    "process appointment.booked",
    "publish payment.succeeded",
    "process payment.succeeded",
    "publish appointment.confirmed",
    "process appointment.confirmed",
    "send mail",
}
MAILS = {"appointment_booked", "appointment_confirmed", "payment_receipt"}


async def book_and_pay(visitor: Client, patient: Patient, doctor: Doctor) -> str:
    """Book, pay, and wait for the mails of it; answers the appointment's id."""
    slot = doctor.slots[0]["startsAt"]
    wanted = {"doctorId": doctor.id, "startsAt": slot, "idempotencyKey": "book", **CLINICAL}
    appointment: str = (await traced(patient.client, BOOK, wanted))["appointment"]["id"]
    await visitor.mail(patient.email, "please pay by")  # Who has paid is not asked to any more.
    payment = {"appointmentId": appointment, "paymentMethod": "pm_card_visa", "idempotencyKey": "pay"}
    await traced(patient.client, PAY, payment)
    for subject in ("Confirmed:", "Receipt BMC-"):
        await visitor.mail(patient.email, subject)
    return appointment


async def traced(client: Client, query: str, given: dict[str, Any]) -> dict[str, Any]:
    headers = {**FROM_CLIENT, "authorization": f"Bearer {client.access_token}"}
    async with httpx.AsyncClient(base_url=client.url, timeout=60) as http:
        answer = await http.post("/graphql", json={"query": query, "variables": {"input": given}}, headers=headers)
    body: dict[str, Any] = answer.json()
    assert "errors" not in body, body
    (payload,) = body["data"].values()
    assert payload["userErrors"] == []
    found: dict[str, Any] = payload
    return found


def is_told(spans: list[Told]) -> bool:
    """Tell whether all has come that a trace must have: processes tell their spans a few at a time, each by itself."""
    known = {span.id for span in spans}
    published = [span.parent for span in spans if span.name == "publish appointment.booked"]
    return {span.name for span in spans} >= NAMES and mails_of(spans) >= MAILS and known.issuperset(published)


def mails_of(spans: list[Told]) -> set[object]:
    return {span.attributes["bmc.mail.kind"] for span in spans if span.name == "send mail"}


def assert_one_trace(spans: list[Told]) -> None:
    named: dict[str, list[Told]] = {}
    for span in spans:
        named.setdefault(span.name, []).append(span)
    assert set(named) >= NAMES
    assert mails_of(spans) >= MAILS
    known = {span.id for span in spans}
    (booked,) = named["mutation bookAppointment"]
    (published,) = named["publish appointment.booked"]
    heard = named["process appointment.booked"]
    assert {span.parent for span in heard} == {published.parent}
    assert published.parent in known
    assert booked.attributes["bmc.subgraph"] == "appointments"
