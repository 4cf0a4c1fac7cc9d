"""What clients send. Each reads itself into what the service takes."""

from datetime import date, datetime
from enum import Enum

import strawberry

from shared.graphql.scalars import LocalTime
from subgraphs.appointments import documents
from subgraphs.appointments.repository import Narrowing
from subgraphs.appointments.service.booking import Wish
from subgraphs.appointments.service.hours import Window
from subgraphs.appointments.service.prescribing import Draft
from subgraphs.appointments.service.publishing import Publication
from subgraphs.appointments.tables import AppointmentStatus


@strawberry.enum
class Weekday(Enum):
    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


_DAYS = {day: number for number, day in enumerate(Weekday)}


@strawberry.input
class WeeklyWindowInput:
    day: Weekday
    from_: LocalTime = strawberry.field(name="from")
    to: LocalTime


@strawberry.input
class PublishAvailabilityInput:
    weekly: list[WeeklyWindowInput]
    slot_minutes: int
    buffer_minutes: int | None = 0
    minimum_notice_minutes: int | None = 0
    horizon_days: int | None = 60
    valid_from: date | None = None
    valid_to: date | None = None

    def read(self) -> Publication:
        """Answer what the doctor wants to publish; an explicit null means the default."""
        return Publication(
            weekly=[(_DAYS[window.day], Window(window.from_, window.to)) for window in self.weekly],
            slot_minutes=self.slot_minutes,
            buffer_minutes=self.buffer_minutes or 0,
            minimum_notice_minutes=self.minimum_notice_minutes or 0,
            horizon_days=60 if self.horizon_days is None else self.horizon_days,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


@strawberry.input
class LocalWindowInput:
    from_: LocalTime = strawberry.field(name="from")
    to: LocalTime


@strawberry.input(
    description="Replaces the weekly windows on one date of the doctor's calendar; no windows = a day off."
)
class OverrideAvailabilityInput:
    date: date
    windows: list[LocalWindowInput]

    def read(self) -> list[Window]:
        """Answer the windows."""
        return [Window(window.from_, window.to) for window in self.windows]


@strawberry.input
class AppointmentFilter:
    status: list[AppointmentStatus] | None = None
    from_: datetime | None = strawberry.field(name="from", default=None)
    to: datetime | None = None

    def read(self) -> Narrowing:
        """Answer which appointments are meant."""
        status = frozenset(self.status) if self.status is not None else None
        return Narrowing(status=status, since=self.from_, until=self.to)


@strawberry.input
class BookAppointmentInput:
    doctor_id: strawberry.ID
    starts_at: datetime
    symptoms: str | None = None
    prior_medical_history: str | None = None
    idempotency_key: str

    def read(self) -> Wish:
        """Answer what the patient asks for."""
        return Wish(
            doctor_id=self.doctor_id,
            starts_at=self.starts_at,
            symptoms=self.symptoms,
            prior_medical_history=self.prior_medical_history,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class RescheduleAppointmentInput:
    appointment_id: strawberry.ID
    starts_at: datetime
    idempotency_key: str


@strawberry.input
class CancelAppointmentInput:
    appointment_id: strawberry.ID
    reason: str
    idempotency_key: str


@strawberry.input
class AppointmentTransitionInput:
    appointment_id: strawberry.ID


@strawberry.input
class MedicineInput:
    name: str
    type: str
    dosage: str
    frequency: str
    duration_days: int
    remarks: str | None = None

    def read(self) -> documents.Medicine:
        """Answer the medicine."""
        return documents.Medicine(
            name=self.name,
            type=self.type,
            dosage=self.dosage,
            frequency=self.frequency,
            duration_days=self.duration_days,
            remarks=self.remarks,
        )


@strawberry.input
class IssuePrescriptionInput:
    appointment_id: strawberry.ID
    diagnosis: str
    medicines: list[MedicineInput]
    advice: str | None = None

    def read(self) -> Draft:
        """Answer what the doctor prescribes."""
        return Draft(self.diagnosis, [medicine.read() for medicine in self.medicines], self.advice)


@strawberry.input
class JoinWaitlistInput:
    doctor_id: strawberry.ID
    from_: date = strawberry.field(name="from")
    to: date


@strawberry.input
class LeaveWaitlistInput:
    waitlist_entry_id: strawberry.ID
