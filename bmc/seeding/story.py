"""What the demo's people do: join, are vetted, publish, book, pay, are seen, are prescribed and rate.

People who exist already are left as they are, so the command may be run again. The API books nothing in the past, so
the past appointments of the demo are coming ones whose consultation has already been held.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any
from zoneinfo import ZoneInfo

from bmc.seeding.api import Api, SeedFailed
from bmc.seeding.people import DOCTORS, PASSWORD, PATIENTS, REVIEWS, DemoDoctor, DemoPatient

WORKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY")
CONSULTATIONS = 2
"""So many of a patient's appointments are held; one more is only paid."""
STEPS = len(DOCTORS) + len(PATIENTS) * (1 + CONSULTATIONS + 1)


@dataclass(frozen=True, slots=True)
class Practice:
    """A doctor who may be booked."""

    id: str
    demo: DemoDoctor
    api: Api


class Story:
    """Makes the demo; `advance` is told of every step."""

    def __init__(self, nobody: Api, admin: Api, advance: Callable[[str], None]) -> None:
        self._nobody = nobody
        self._admin = admin
        self._advance = advance

    async def tell(self) -> None:
        """Make everything, in order; raises SeedFailed."""
        practices = [await self._practice(doctor) for doctor in DOCTORS]
        turn = cycle(practices)
        reviews = cycle(REVIEWS)
        for patient in PATIENTS:
            api = await self._patient(patient)
            for _ in range(CONSULTATIONS):
                practice = next(turn)
                await self._consult(api, practice, next(reviews))
                self._advance(f"{patient.first} saw Dr {practice.demo.last}")
            practice = next(turn)
            await self._book(api, practice)
            self._advance(f"{patient.first} booked Dr {practice.demo.last}")

    async def _practice(self, demo: DemoDoctor) -> Practice:
        known = await self._nobody.sign_in(demo.email, PASSWORD)
        if known is None:
            await self._register(demo)
            await self._nobody.verify(demo.email)
            known = await self._nobody.sign_in(demo.email, PASSWORD)
        if known is None:
            raise SeedFailed(f"{demo.email} cannot sign in")
        mine = (await known.ask("{ me { doctor { id status } } }"))["me"]["doctor"]
        if mine["status"] == "PENDING":
            reviewed = {"doctorId": mine["id"], "comments": "Documents checked with the council."}
            await self._admin.done("approveDoctor", "ReviewDoctorInput", "doctor { id }", **reviewed)
        weekly = [{"day": day, "from": "09:00", "to": "12:30"} for day in WORKDAYS]
        weekly += [{"day": day, "from": "14:00", "to": "17:30"} for day in WORKDAYS]
        await known.done(
            "publishAvailability",
            "PublishAvailabilityInput",
            "doctor { id }",
            weekly=weekly,
            slotMinutes=30,
            bufferMinutes=5,
        )
        self._advance(f"Dr {demo.first} {demo.last}, {demo.place.city}")
        return Practice(mine["id"], demo, known)

    async def _register(self, demo: DemoDoctor) -> None:
        latitude, longitude = demo.place.location
        await self._nobody.done(
            "registerDoctor",
            "RegisterDoctorInput",
            "doctor { id }",
            email=demo.email,
            password=PASSWORD,
            firstName=demo.first,
            lastName=demo.last,
            phone="+14155550100",
            registrationNumber=f"MC-{demo.last}-{demo.years}",
            speciality=demo.speciality,
            qualifications=["MBBS", "MD"],
            yearsOfExperience=demo.years,
            languages=list(demo.languages),
            bio=f"Sees patients in {demo.place.city} and by video.",
            consultationFee={"amount": demo.fee, "currency": demo.place.currency},
            timeZone=demo.place.zone,
            address={
                "line1": "1 Clinic Street",
                "city": demo.place.city,
                "countryCode": demo.place.country,
                "location": {"latitude": latitude, "longitude": longitude},
            },
        )

    async def _patient(self, demo: DemoPatient) -> Api:
        known = await self._nobody.sign_in(demo.email, PASSWORD)
        if known is None:
            await self._nobody.done(
                "registerUser",
                "RegisterUserInput",
                "user { id }",
                email=demo.email,
                password=PASSWORD,
                firstName=demo.first,
                lastName=demo.last,
                timeZone=demo.zone,
                locale=demo.locale,
            )
            await self._nobody.verify(demo.email)
            known = await self._nobody.sign_in(demo.email, PASSWORD)
        if known is None:
            raise SeedFailed(f"{demo.email} cannot sign in")
        self._advance(f"{demo.first} {demo.last}")
        return known

    async def _book(self, patient: Api, practice: Practice) -> str:
        for slot in await self._slots(practice):
            payload = await patient.do(
                "bookAppointment",
                "BookAppointmentInput",
                "appointment { id }",
                doctorId=practice.id,
                startsAt=slot["startsAt"],
                idempotencyKey=f"seed-{practice.id}-{slot['startsAt']}",
            )
            if payload["appointment"]:
                appointment_id: str = payload["appointment"]["id"]
                await patient.done(
                    "payAppointment",
                    "PayAppointmentInput",
                    "payment { id }",
                    appointmentId=appointment_id,
                    paymentMethod="pm_card_visa",
                    idempotencyKey=f"seed-{appointment_id}",
                )
                return appointment_id
        raise SeedFailed(f"Dr {practice.demo.last} has no free slot within a week")

    async def _slots(self, practice: Practice) -> list[dict[str, Any]]:
        today = datetime.now(UTC).astimezone(ZoneInfo(practice.demo.place.zone)).date()
        query = """query($id: ID!, $from: Date!, $to: Date!) {
          doctor(id: $id) { slots(from: $from, to: $to) { startsAt } } }"""
        dates = {"from": str(today + timedelta(days=1)), "to": str(today + timedelta(days=8))}
        slots: list[dict[str, Any]] = (await self._nobody.ask(query, id=practice.id, **dates))["doctor"]["slots"]
        return slots

    async def _consult(self, patient: Api, practice: Practice, review: tuple[int, str]) -> None:
        appointment_id = await self._book(patient, practice)
        await self._until_confirmed(patient, appointment_id)
        for mutation in ("checkInAppointment", "completeAppointment"):
            await practice.api.done(
                mutation, "AppointmentTransitionInput", "appointment { id }", appointmentId=appointment_id
            )
        medicine = {
            "name": "Paracetamol",
            "type": "tablet",
            "dosage": "500 mg",
            "frequency": "when in pain, at most four a day",
            "durationDays": 5,
        }
        await practice.api.done(
            "issuePrescription",
            "IssuePrescriptionInput",
            "prescription { id }",
            appointmentId=appointment_id,
            diagnosis="Tension headache",
            medicines=[medicine],
            advice="Rest, water, and less screen.",
        )
        stars, comment = review
        await patient.done(
            "rateAppointment",
            "RateAppointmentInput",
            "rating { id }",
            appointmentId=appointment_id,
            stars=stars,
            comment=comment,
        )

    async def _until_confirmed(self, patient: Api, appointment_id: str) -> None:
        query = "query($id: ID!) { appointment(id: $id) { status } }"
        for _ in range(600):
            status = (await patient.ask(query, id=appointment_id))["appointment"]["status"]
            if status != "PENDING_PAYMENT":
                return
            await asyncio.sleep(0.1)
        raise SeedFailed("a payment did not confirm its appointment within a minute")
