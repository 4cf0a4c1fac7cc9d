"""What subscribers are told."""

from datetime import date, datetime
from enum import Enum

import strawberry

from subgraphs.appointments.foreign import Doctor
from subgraphs.appointments.types.appointment import Appointment


@strawberry.enum
class AppointmentChange(Enum):
    BOOKED = "BOOKED"
    CONFIRMED = "CONFIRMED"
    RESCHEDULED = "RESCHEDULED"
    CHECKED_IN = "CHECKED_IN"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    NO_SHOW = "NO_SHOW"
    PRESCRIBED = "PRESCRIBED"


@strawberry.type
class AppointmentUpdate:
    appointment: Appointment
    change: AppointmentChange
    at: datetime


@strawberry.type
class AvailabilityChange:
    doctor: Doctor | None
    day: date = strawberry.field(
        name="date",
        description="The date whose slots changed, on the doctor's calendar. Weekly hours that were published anew "
        "are told once, with the doctor's today: later dates may have changed too.",
    )
