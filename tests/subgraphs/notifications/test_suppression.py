"""Decided again at the time of sending: what is not so any more is not said; nothing clinical is said ever."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.subgraphs.harness import World
from tests.subgraphs.notifications.conftest import CLINICAL, PAY_BY, visit
from tests.subgraphs.notifications.telling import (
    ACCOUNT,
    DOCTOR,
    PAYMENT,
    STARTS,
    VISIT,
    StubbornMailer,
    notifications,
    sender,
    statuses,
    tell,
    types,
)

TOUCHED = {**VISIT, "starts_at": STARTS}
REMINDER = {**VISIT, "kind": "24h", "starts_at": STARTS}
OFFER = {"doctor_id": "doc_doctor", "user_id": "usr_patient", "starts_at": STARTS, "expires_at": PAY_BY}


@dataclass(frozen=True)
class Overtaken:
    """An event, and what has become of its aggregate by the time of sending."""

    type_: str
    data: dict[str, Any]
    entity: tuple[str, str]
    meanwhile: dict[str, Any]


VISITED = ("Appointment", "apt_1")
DOCTORS = ("Doctor", "doc_doctor")
OVERTAKEN = [
    Overtaken("appointment.booked", TOUCHED, VISITED, {"status": "CONFIRMED"}),
    Overtaken("appointment.booked", TOUCHED, VISITED, {"status": "EXPIRED"}),
    Overtaken("appointment.confirmed", TOUCHED, VISITED, {"status": "CANCELLED"}),
    Overtaken("appointment.rescheduled", TOUCHED, VISITED, {"status": "CANCELLED"}),
    Overtaken("appointment.expired", TOUCHED, VISITED, {"status": "CONFIRMED"}),
    Overtaken("appointment.reminder_due", REMINDER, VISITED, {"status": "CANCELLED"}),
    Overtaken("appointment.reminder_due", REMINDER, VISITED, {"status": "CONFIRMED", "startsAt": PAY_BY}),
    Overtaken("appointment.completed", TOUCHED, VISITED, {"status": "COMPLETED", "rating": {"id": "rat_1"}}),
    Overtaken("account.created", ACCOUNT, ("Account", "acc_patient"), {"emailVerified": True}),
    Overtaken("doctor.approved", DOCTOR, DOCTORS, {"status": "SUSPENDED"}),
    Overtaken("doctor.rejected", DOCTOR, DOCTORS, {"status": "PENDING"}),
    Overtaken("doctor.suspended", DOCTOR, DOCTORS, {"status": "ACTIVE"}),
]


@pytest.mark.parametrize("case", OVERTAKEN, ids=lambda case: f"{case.type_}-{case.meanwhile}")
async def test_what_has_become_untrue_is_not_said(world: World, mailer: StubbornMailer, case: Overtaken) -> None:
    await tell(world, case.type_, case.data)
    world.peers.knows(*case.entity, **case.meanwhile)

    await sender(world).send_due()

    assert mailer.taken == []
    assert set(await statuses()) == {"SUPPRESSED"}
    assert await types(world) == {}


async def test_an_offer_that_has_run_out_is_not_made(world: World, mailer: StubbornMailer) -> None:
    await tell(world, "waitlist.offered", {**OFFER, "expires_at": world.clock.now().isoformat()})

    await sender(world).send_due()

    assert mailer.taken == []
    assert await statuses() == {"SUPPRESSED": 1}


async def test_who_is_gone_is_written_to_no_more(world: World, mailer: StubbornMailer) -> None:
    await tell(world, "user.registered", {"user_id": "usr_erased"})
    await tell(world, "account.password_changed", {"account_id": "acc_erased"})

    await sender(world).send_due()

    assert mailer.taken == []
    assert await statuses() == {"SUPPRESSED": 2}


async def test_an_appointment_that_is_gone_is_not_spoken_of(world: World, mailer: StubbornMailer) -> None:
    await tell(world, "appointment.booked", {**VISIT, "appointment_id": "apt_gone"})

    await sender(world).send_due()

    assert mailer.taken == []
    assert await statuses() == {"SUPPRESSED": 1}


async def test_a_refund_is_announced_only_to_who_paid_and_only_when_there_is_one(
    world: World, mailer: StubbornMailer
) -> None:
    visit(world, status="CANCELLED", payment={"status": "REFUND_PENDING"})
    for refund in (True, False):
        await tell(world, "appointment.cancelled", {**VISIT, "starts_at": STARTS, "refund": refund, "by": "patient"})
    await sender(world).send_due()

    speaks = {(mail.to, "goes back in full" in mail.text) for mail in mailer.taken}
    assert speaks == {
        ("asha@people.example", True),
        ("asha@people.example", False),
        ("meera@doctors.example", False),
    }


@pytest.mark.parametrize("payment", [None, {"status": "DECLINED"}])
async def test_nobody_is_promised_money_back_who_never_paid(
    world: World, mailer: StubbornMailer, payment: dict[str, Any] | None
) -> None:
    visit(world, status="CANCELLED", payment=payment)
    await tell(world, "appointment.cancelled", {**VISIT, "starts_at": STARTS, "refund": True, "by": "patient"})
    await sender(world).send_due()

    assert ["goes back" in mail.text for mail in mailer.to("asha@people.example")] == [False]


EVERYTHING: list[tuple[str, dict[str, Any], str]] = [
    ("appointment.booked", TOUCHED, "PENDING_PAYMENT"),
    ("appointment.confirmed", TOUCHED, "CONFIRMED"),
    ("appointment.rescheduled", TOUCHED, "CONFIRMED"),
    ("appointment.reminder_due", REMINDER, "CONFIRMED"),
    ("payment.succeeded", PAYMENT, "CONFIRMED"),
    ("prescription.issued", {**VISIT, "prescription_id": "rx_1"}, "CHECKED_IN"),
    ("appointment.completed", TOUCHED, "COMPLETED"),
    ("appointment.cancelled", {**VISIT, "starts_at": STARTS, "refund": True}, "CANCELLED"),
    ("payment.refunded", PAYMENT, "CANCELLED"),
    ("appointment.expired", TOUCHED, "EXPIRED"),
    ("waitlist.offered", OFFER, "EXPIRED"),
]


async def test_nothing_clinical_is_asked_for_mailed_attached_or_kept(world: World, mailer: StubbornMailer) -> None:
    world.peers.knows("Prescription", "rx_1", id="rx_1", medicines=[{"name": "canary-medicine"}], **CLINICAL)
    for type_, data, status in EVERYTHING:
        visit(world, status=status)
        await tell(world, type_, data)
        await sender(world).send_due()

    assert len(mailer.taken) == len(EVERYTHING) + 3
    said = [mail.subject + mail.text + mail.html for mail in mailer.taken]
    attached = [attachment.data.decode() for mail in mailer.taken for attachment in mail.attachments]
    kept = [str(row) async for row in world.subgraph.stores[0].database["notifications"].find({})]  # type: ignore[attr-defined]
    assert [text for text in said + attached + kept if "canary" in text] == []
    asked = " ".join(query for _, query, _ in world.peers.asked)
    assert [word for word in ("symptoms", "History", "diagnosis", "medicines", "advice") if word in asked] == []


async def test_of_whoever_left_no_message_stays_and_none_goes_out(world: World, mailer: StubbornMailer) -> None:
    visit(world, status="CONFIRMED")
    await tell(world, "appointment.confirmed")
    await tell(world, "account.created", ACCOUNT)
    await sender(world).send_due()
    world.peers.entities["User"].clear()

    await tell(world, "account.erased", {**ACCOUNT, "profile_id": "usr_patient"})

    (kept,) = await notifications()
    assert (kept.recipient, kept.subject, kept.status.value) == ("doc_doctor", "", "SENT")
    sent = len(mailer.taken)
    visit(world, status="CANCELLED")
    await tell(world, "appointment.cancelled", {**VISIT, "starts_at": STARTS, "refund": True, "by": "patient"})
    await sender(world).send_due()
    assert [mail.to for mail in mailer.taken[sent:]] == ["meera@doctors.example"]
    assert "a patient" in mailer.taken[-1].text
    assert await statuses() == {"SENT": 2, "SUPPRESSED": 1}


async def test_a_doctor_without_an_address_is_not_written_to(world: World, mailer: StubbornMailer) -> None:
    world.peers.knows("Doctor", "doc_doctor", email="", status="SUSPENDED")
    await tell(world, "doctor.suspended", DOCTOR)
    await sender(world).send_due()

    assert mailer.taken == []
    assert await statuses() == {"SUPPRESSED": 1}
