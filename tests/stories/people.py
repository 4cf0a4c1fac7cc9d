"""The people of the stories: patients who may book, doctors who are vetted and have published when they work."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.stories.client import Client, someone

PASSWORD = "a quiet street 42"
EVERY_DAY = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


@dataclass
class Patient:
    id: str
    email: str
    client: Client


@dataclass
class Doctor:
    id: str
    email: str
    zone: str
    client: Client
    slots: list[dict[str, Any]] = field(default_factory=list)


async def a_patient(anyone: Client, name: str = "Asha", *, locale: str = "en", zone: str = "Asia/Kolkata") -> Patient:
    """Register, verify by the mail's link, sign in."""
    email = someone(name.lower())
    registered = await anyone.done(
        "registerUser",
        "user { id }",
        email=email,
        password=PASSWORD,
        firstName=name,
        lastName="Rao",
        timeZone=zone,
        locale=locale,
    )
    await verify(anyone, email)
    return Patient(registered["user"]["id"], email, await anyone.sign_in(email, PASSWORD))


async def verify(anyone: Client, email: str) -> None:
    """Follow the link of the verification mail, in whatever language it is."""

    async def look() -> str | None:
        return next((mail.token for mail in await anyone.mails(email) if "verify-email" in mail.text), None)

    token = await anyone.until(look, "the verification mail")
    await anyone.done("verifyEmail", "account { emailVerified }", token=token)


async def register_doctor(anyone: Client, *, zone: str, fee: str, currency: str, city: str, **rest: Any) -> Doctor:
    """Register a doctor, who is then PENDING."""
    email = someone("doctor")
    given = {
        "email": email,
        "password": PASSWORD,
        "firstName": "Meera",
        "lastName": f"Iyer {city}",
        "phone": "+912233445566",
        "registrationNumber": f"MC-{email[:18]}",
        "speciality": "CARDIOLOGIST",
        "qualifications": ["MBBS", "MD"],
        "yearsOfExperience": 12,
        "languages": ["en", "hi"],
        "consultationFee": {"amount": fee, "currency": currency},
        "timeZone": zone,
        "address": {"line1": "1 Lake Road", "city": city, "countryCode": "IN"},
    }
    registered = await anyone.done("registerDoctor", "doctor { id status }", **{**given, **rest})
    assert registered["doctor"]["status"] == "PENDING"
    await verify(anyone, email)
    return Doctor(registered["doctor"]["id"], email, zone, await anyone.sign_in(email, PASSWORD))


async def a_doctor(
    anyone: Client,
    admin: Client,
    *,
    zone: str = "Asia/Kolkata",
    fee: str = "499.00",
    currency: str = "INR",
    city: str = "Pune",
) -> Doctor:
    """A doctor who is approved and works every day from nine to five, in half hours."""
    doctor = await register_doctor(anyone, zone=zone, fee=fee, currency=currency, city=city)
    await admin.done("approveDoctor", "doctor { status }", doctorId=doctor.id, comments="All in order.")
    weekly = [{"day": day, "from": "09:00", "to": "17:00"} for day in EVERY_DAY]
    await doctor.client.done("publishAvailability", "doctor { id }", weekly=weekly, slotMinutes=30)
    doctor.slots = await slots_of(anyone, doctor)
    return doctor


async def slots_of(anyone: Client, doctor: Doctor, days: int = 4) -> list[dict[str, Any]]:
    """Answer what the doctor offers from tomorrow on, by the doctor's calendar."""
    today = datetime.now(UTC).astimezone(ZoneInfo(doctor.zone)).date()
    query = """query($id: ID!, $from: Date!, $to: Date!) { doctor(id: $id) { slots(from: $from, to: $to) {
      startsAt endsAt fee { amount currency } } } }"""
    dates = {"from": str(today + timedelta(days=1)), "to": str(today + timedelta(days=days))}
    answer = await anyone.ask(query, id=doctor.id, **dates)
    slots: list[dict[str, Any]] = answer["doctor"]["slots"]
    return slots


async def book(patient: Patient, doctor: Doctor, slot: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    """Try to book; answers the payload."""
    return await patient.client.do(
        "bookAppointment",
        "appointment { id status payBy startsAt } alternatives { startsAt }",
        doctorId=doctor.id,
        startsAt=slot["startsAt"],
        symptoms="canary-symptom-zebra",
        idempotencyKey=key or someone("key"),
    )


async def pay(patient: Patient, appointment_id: str, method: str = "pm_card_visa") -> dict[str, Any]:
    """Pay; answers the payload."""
    return await patient.client.do(
        "payAppointment",
        "payment { id status receiptNumber }",
        appointmentId=appointment_id,
        paymentMethod=method,
        idempotencyKey=someone("pay"),
    )


async def status_of(client: Client, appointment_id: str) -> str | None:
    """Answer an appointment's status as a client sees it; None if it sees none."""
    found = (await client.ask("query($id: ID!) { appointment(id: $id) { status } }", id=appointment_id))["appointment"]
    return str(found["status"]) if found else None


async def confirmed(patient: Patient, doctor: Doctor, slot: dict[str, Any]) -> str:
    """Book, pay and wait for the confirmation; answers the appointment's id."""
    booked = await book(patient, doctor, slot)
    assert booked["userErrors"] == [], booked
    appointment_id: str = booked["appointment"]["id"]
    assert (await pay(patient, appointment_id))["userErrors"] == []

    async def look() -> bool:
        return await status_of(patient.client, appointment_id) == "CONFIRMED"

    await patient.client.until(look, "the confirmation")
    return appointment_id
