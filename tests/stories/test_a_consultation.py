"""The whole story of a consultation, from a doctor's registration to the rating, as a client sees it."""

import asyncio
from typing import Any

from tests.stories.client import Client
from tests.stories.people import a_doctor, a_patient, book, confirmed, pay, register_doctor, status_of

SUBSCRIBED_SECONDS = 2.0
"""Nothing tells a client that its subscription has reached the subgraph; a busy machine takes a moment."""
FOLLOW = """subscription($id: ID) { appointmentUpdated(appointmentId: $id) {
  change appointment { id status doctor { lastName } payment { status } } } }"""


async def test_a_doctor_is_vetted_with_a_mail_each_time(anyone: Client, admin: Client) -> None:
    doctor = await register_doctor(anyone, zone="Europe/Madrid", fee="60.00", currency="EUR", city="Sevilla")
    listed = "query($id: ID!) { doctor(id: $id) { id } }"
    assert (await anyone.ask(listed, id=doctor.id))["doctor"] is None
    await anyone.mail(doctor.email, "Welcome to BookMyConsultation: please send your documents")

    await admin.done("rejectDoctor", "doctor { status }", doctorId=doctor.id, comments="The licence is unreadable.")
    rejected = await anyone.mail(doctor.email, "could not be approved")
    assert "The licence is unreadable." in rejected.text
    own = await doctor.client.ask("{ me { doctor { status reviewComments } } }")
    assert own["me"]["doctor"] == {"status": "REJECTED", "reviewComments": "The licence is unreadable."}

    resubmitted = await doctor.client.done("updateDoctor", "doctor { status }", bio="Licence scanned anew.")
    assert resubmitted["doctor"]["status"] == "PENDING"
    await admin.done("approveDoctor", "doctor { status }", doctorId=doctor.id, comments="Welcome.")
    await anyone.mail(doctor.email, "Your registration is approved")
    assert (await anyone.ask(listed, id=doctor.id))["doctor"] == {"id": doctor.id}


async def test_a_consultation_is_booked_paid_seen_prescribed_and_rated(anyone: Client, admin: Client) -> None:
    doctor, patient = await a_doctor(anyone, admin), await a_patient(anyone)
    booked = await book(patient, doctor, doctor.slots[0])
    appointment = booked["appointment"]
    assert appointment["status"] == "PENDING_PAYMENT"
    await anyone.mail(patient.email, "please pay by")

    async with patient.client.following(FOLLOW, id=appointment["id"]) as events:
        await asyncio.sleep(SUBSCRIBED_SECONDS)
        paid = await pay(patient, appointment["id"])
        assert paid["payment"]["status"] == "SUCCEEDED"
        update = (await asyncio.wait_for(anext(events), 20))["appointmentUpdated"]

    assert update["change"] == "CONFIRMED"
    assert update["appointment"] == {
        "id": appointment["id"],
        "status": "CONFIRMED",
        "doctor": {"lastName": "Iyer Pune"},
        "payment": {"status": "SUCCEEDED"},
    }
    confirmation = await anyone.mail(patient.email, "Confirmed:")
    assert "09:00 (India Standard Time, Asia/Kolkata)" in confirmation.text
    assert [one["name"] for one in confirmation.attachments] == ["appointment.ics"]
    await anyone.mail(doctor.email, "Confirmed:")
    await anyone.mail(patient.email, "Receipt BMC-")
    await see_and_prescribe(anyone, doctor.client, patient.client, patient.email, appointment["id"])
    await rate(anyone, patient.client, doctor.id, appointment["id"])


async def see_and_prescribe(anyone: Client, doctor: Client, patient: Client, email: str, appointment_id: str) -> None:
    await doctor.done("checkInAppointment", "appointment { status }", appointmentId=appointment_id)
    await doctor.done("completeAppointment", "appointment { status }", appointmentId=appointment_id)
    medicine = {"name": "Canarymycin", "type": "tablet", "dosage": "5 mg", "frequency": "daily", "durationDays": 5}
    issued = await doctor.done(
        "issuePrescription",
        "prescription { id version }",
        appointmentId=appointment_id,
        diagnosis="canary-diagnosis-quokka",
        medicines=[medicine],
    )
    assert issued["prescription"]["version"] == 1
    mail = await anyone.mail(email, "is ready for you")
    assert "Canarymycin" not in mail.text + mail.html
    query = "query($id: ID!) { prescription(id: $id) { diagnosis pdfUrl doctor { lastName } user { firstName } } }"
    prescription = (await patient.ask(query, id=issued["prescription"]["id"]))["prescription"]
    assert prescription["diagnosis"] == "canary-diagnosis-quokka"
    assert prescription["doctor"] == {"lastName": "Iyer Pune"}
    assert prescription["user"] == {"firstName": "Asha"}
    pdf = await anyone.fetch(prescription["pdfUrl"])
    assert pdf.status_code == 200
    assert pdf.content.startswith(b"%PDF-")


async def rate(anyone: Client, patient: Client, doctor_id: str, appointment_id: str) -> None:
    await patient.done("rateAppointment", "rating { id }", appointmentId=appointment_id, stars=4, comment="Kind.")

    async def look() -> dict[str, Any] | None:
        query = (
            "query($id: ID!) { doctor(id: $id) { averageRating ratingCount ratings { edges { node { author } } } } }"
        )
        doctor: dict[str, Any] = (await anyone.ask(query, id=doctor_id))["doctor"]
        return doctor if doctor["ratingCount"] else None

    doctor = await anyone.until(look, "the doctor's average")
    assert doctor["averageRating"] == 4.0
    assert doctor["ratings"]["edges"] == [{"node": {"author": "Asha R."}}]


async def test_a_strangers_eyes_see_nothing_of_it(anyone: Client, admin: Client) -> None:
    doctor, patient = await a_doctor(anyone, admin), await a_patient(anyone)
    stranger, other_doctor = await a_patient(anyone, "Boris"), await a_doctor(anyone, admin, city="Delhi")
    appointment_id = await confirmed(patient, doctor, doctor.slots[1])

    seen = [await status_of(who.client, appointment_id) for who in (patient, doctor, stranger, other_doctor)]

    assert seen == ["CONFIRMED", "CONFIRMED", None, None]
    cancelled = await stranger.client.do(
        "cancelAppointment", "appointment { id }", appointmentId=appointment_id, reason="mine now", idempotencyKey="x"
    )
    assert [error["code"] for error in cancelled["userErrors"]] == ["NOT_FOUND"]
    assert await status_of(patient.client, appointment_id) == "CONFIRMED"
    user = "query($id: ID!) { user(id: $id) { firstName } }"
    assert (await doctor.client.ask(user, id=patient.id))["user"] == {"firstName": "Asha"}
    assert (await other_doctor.client.ask(user, id=patient.id))["user"] is None
    assert (await stranger.client.ask(user, id=patient.id))["user"] is None


async def test_cancelling_in_time_gives_everything_back_and_frees_the_slot(anyone: Client, admin: Client) -> None:
    doctor, patient = await a_doctor(anyone, admin), await a_patient(anyone, "Carmen", locale="es-ES")
    slot = doctor.slots[-1]
    appointment_id = await confirmed(patient, doctor, slot)

    for _ in range(2):
        await patient.client.done(
            "cancelAppointment",
            "appointment { status }",
            appointmentId=appointment_id,
            reason="travelling",
            idempotencyKey="once",
        )

    await anyone.mail(patient.email, "Cancelada:")
    await anyone.mail(patient.email, "Su devolución de")
    query = "query($id: ID!) { appointment(id: $id) { status payment { status refundedAmount { amount } } } }"
    appointment = (await patient.client.ask(query, id=appointment_id))["appointment"]
    assert appointment == {
        "status": "CANCELLED",
        "payment": {"status": "REFUNDED", "refundedAmount": {"amount": "499.00"}},
    }
    again = await book(await a_patient(anyone, "Divya"), doctor, slot)
    assert again["userErrors"] == []
