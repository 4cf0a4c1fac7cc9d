"""The queries, a file for each thing that is kept. Those that take many keys cost one query however many."""

from subgraphs.appointments.repository.appointments import AppointmentRepository, Narrowing
from subgraphs.appointments.repository.availability import AlreadyPublished, AvailabilityRepository
from subgraphs.appointments.repository.idempotency import IdempotencyRepository, KeyUsed
from subgraphs.appointments.repository.prescriptions import PrescriptionRepository, VersionTaken
from subgraphs.appointments.repository.reservations import ReservationRepository, TicksTaken
from subgraphs.appointments.repository.waitlist import AlreadyWaiting, WaitlistRepository

__all__ = [
    "AlreadyPublished",
    "AlreadyWaiting",
    "AppointmentRepository",
    "AvailabilityRepository",
    "IdempotencyRepository",
    "KeyUsed",
    "Narrowing",
    "PrescriptionRepository",
    "ReservationRepository",
    "TicksTaken",
    "VersionTaken",
    "WaitlistRepository",
]
