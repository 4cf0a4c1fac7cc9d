"""What clients see of availability, appointments, prescriptions and the waitlist."""

from subgraphs.appointments.types.appointment import (
    Appointment,
    AppointmentConnection,
    AppointmentEdge,
)
from subgraphs.appointments.types.live import AppointmentChange, AppointmentUpdate, AvailabilityChange
from subgraphs.appointments.types.payloads import (
    AppointmentError,
    AppointmentErrorCode,
    AppointmentPayload,
    BookAppointmentPayload,
    IssuePrescriptionPayload,
    PublishAvailabilityPayload,
    WaitlistPayload,
)
from subgraphs.appointments.types.prescription import (
    Medicine,
    Prescription,
    PrescriptionConnection,
    PrescriptionEdge,
)
from subgraphs.appointments.types.slot import Slot
from subgraphs.appointments.types.waitlist import WaitlistEntry

__all__ = [
    "Appointment",
    "AppointmentChange",
    "AppointmentConnection",
    "AppointmentEdge",
    "AppointmentError",
    "AppointmentErrorCode",
    "AppointmentPayload",
    "AppointmentUpdate",
    "AvailabilityChange",
    "BookAppointmentPayload",
    "IssuePrescriptionPayload",
    "Medicine",
    "Prescription",
    "PrescriptionConnection",
    "PrescriptionEdge",
    "PublishAvailabilityPayload",
    "Slot",
    "WaitlistEntry",
    "WaitlistPayload",
]
