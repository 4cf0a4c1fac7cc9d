"""Patients who buy appointments while the platform dies under them, and what must be there afterwards."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.stories.client import Answered, Client, someone
from tests.stories.mail import Mail
from tests.stories.people import Doctor, Patient, a_doctor, a_patient

SLOTS_EACH = 10
UNCERTAIN = (httpx.TransportError, ValueError)
"""What a client sees when the platform dies under it: a broken connection, or an answer that is cut off."""


@dataclass
class Purchase:
    """A slot that a patient wants, and how far they know to have come."""

    slot: dict[str, Any]
    to_be_paid: bool
    book_key: str = field(default_factory=lambda: someone("book"))
    pay_key: str = field(default_factory=lambda: someone("pay"))
    appointment_id: str | None = None
    paid: bool = False

    async def go_on(self, patient: Patient, doctor: Doctor) -> None:
        """Go on from where it was cut short: the same requests again, under the same keys."""
        if self.appointment_id is None:
            wish = {"doctorId": doctor.id, "startsAt": self.slot["startsAt"], "idempotencyKey": self.book_key}
            booked = await patient.client.done("bookAppointment", "appointment { id }", **wish)
            self.appointment_id = booked["appointment"]["id"]
        if self.to_be_paid and not self.paid:
            order = {"appointmentId": self.appointment_id, "paymentMethod": "pm_card_visa"}
            payment = await patient.client.done(
                "payAppointment", "payment { status }", **order, idempotencyKey=self.pay_key
            )
            self.paid = payment["payment"]["status"] == "SUCCEEDED"


@dataclass
class Shopper:
    """A patient with a doctor of their own and a list of slots to buy; every other one stays unpaid."""

    patient: Patient
    doctor: Doctor
    purchases: list[Purchase]

    @property
    def to_be_paid(self) -> int:
        return sum(one.to_be_paid for one in self.purchases)

    @property
    def finished(self) -> int:
        return sum(1 for one in self.purchases if one.appointment_id and one.paid == one.to_be_paid)

    async def shop(self) -> None:
        """Buy until everything is bought, or the platform dies."""
        try:
            for purchase in self.purchases:
                await purchase.go_on(self.patient, self.doctor)
        except UNCERTAIN:
            return
        except Answered as answer:
            # A part is down, and the answer says so; whatever else is answered is a fault of ours.
            if set(answer.codes) != {"SUBGRAPH_UNAVAILABLE"}:
                raise


async def a_shopper(anyone: Client, admin: Client, name: str, slots: int = SLOTS_EACH) -> Shopper:
    doctor, patient = await asyncio.gather(a_doctor(anyone, admin), a_patient(anyone, name))
    purchases = [Purchase(slot, place % 2 == 0) for place, slot in enumerate(doctor.slots[:slots])]
    return Shopper(patient, doctor, purchases)


async def keep_shopping(shopper: Shopper) -> None:
    """Try again and again, as people do."""
    while shopper.finished < len(shopper.purchases):
        await shopper.shop()
        await asyncio.sleep(0.2)


RECORD = """query($id: ID!) { user(id: $id) {
  appointments(first: 100) { edges { node { id status startsAt } } }
  payments(first: 100) { edges { node { status appointment { id } } } }
  notifications(first: 100) { edges { node { kind status } } } } }"""


async def record_of(shopper: Shopper) -> dict[str, list[dict[str, Any]]]:
    user = (await shopper.patient.client.ask(RECORD, id=shopper.patient.id))["user"]
    return {name: [edge["node"] for edge in connection["edges"]] for name, connection in user.items()}


async def each_appointment_is_there_once(shopper: Shopper) -> None:
    wanted = {
        one.appointment_id: ("CONFIRMED" if one.to_be_paid else "PENDING_PAYMENT", one.slot["startsAt"])
        for one in shopper.purchases
    }

    async def look() -> bool:
        record = await record_of(shopper)
        return {one["id"]: (one["status"], one["startsAt"]) for one in record["appointments"]} == wanted

    await shopper.patient.client.until(look, "every paid appointment to be confirmed")
    record = await record_of(shopper)
    assert len(record["appointments"]) == len(shopper.purchases)
    paid = Counter((one["appointment"]["id"], one["status"]) for one in record["payments"])
    assert paid == {(one.appointment_id, "SUCCEEDED"): 1 for one in shopper.purchases if one.to_be_paid}


def each_once(mails: list[Mail]) -> list[Mail]:
    """Leave copies out: whoever carries mails may deliver one twice when nobody heard that they had taken it."""
    return list({mail.id: mail for mail in mails}.values())


async def each_mail_came_once(anyone: Client, shopper: Shopper) -> None:
    due = {
        "payment_receipt": shopper.to_be_paid,
        "appointment_confirmed": shopper.to_be_paid,
        "appointment_booked": len(shopper.purchases),
    }

    async def look() -> bool:
        notifications = (await record_of(shopper))["notifications"]
        told = Counter(one["kind"] for one in notifications)
        settled = all(one["status"] in {"SENT", "SUPPRESSED"} for one in notifications)
        return settled and all(told[kind] >= count for kind, count in due.items())

    # What the killed process was sending is kept off for half a minute, lest it still be at it.
    await anyone.until(look, "every message to be sent", patience=120)
    told = Counter(one["kind"] for one in (await record_of(shopper))["notifications"])
    assert {kind: told[kind] for kind in due} == due
    mails = each_once(await anyone.mails(shopper.patient.email))
    assert len({mail.text for mail in mails}) == len(mails)
    beginnings = Counter(mail.subject.split(" ")[0] for mail in mails)
    assert beginnings["Receipt"] == beginnings["Confirmed:"] == shopper.to_be_paid
    # Who has paid before the mail is sent is not asked to pay.
    asked = sum("please pay by" in mail.subject for mail in mails)
    assert len(shopper.purchases) - shopper.to_be_paid <= asked <= len(shopper.purchases)

    async def confirmations_of_doctor() -> list[str]:
        told_doctor = each_once(await anyone.mails(shopper.doctor.email))
        return [mail.subject for mail in told_doctor if "Confirmed" in mail.subject]

    async def all_came() -> bool:
        return len(await confirmations_of_doctor()) >= shopper.to_be_paid

    await anyone.until(all_came, "the doctor's mails", patience=120)
    confirmations = await confirmations_of_doctor()
    assert len(confirmations) == len(set(confirmations)) == shopper.to_be_paid
