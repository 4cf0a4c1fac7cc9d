"""Who may: the rule of every field. Which objects a caller is given, the services and types decide."""

from typing import TYPE_CHECKING

from shared.auth import Caller
from shared.graphql.access import PUBLIC, SIGNED_IN, VISIBLE, Rules, only, permission, service

if TYPE_CHECKING:
    from subgraphs.appointments.foreign import Doctor, User
    from subgraphs.appointments.types import Prescription

READ = "appointments:read"


def _books(caller: Caller, _: object) -> bool:
    return caller.user_id is not None and caller.may("appointments:book")


def _consults(caller: Caller, _: object) -> bool:
    return caller.doctor_id is not None and caller.may("appointments:consult")


def _doctors_own(caller: Caller, doctor: "Doctor") -> bool:
    return caller.doctor_id == doctor.id


def _patients_own(caller: Caller, user: "User") -> bool:
    return caller.user_id == user.id


def _concerned(caller: Caller, prescription: "Prescription") -> bool:
    document = prescription.document
    return document.user_id == caller.user_id or document.doctor_id == caller.doctor_id


PATIENT = only("Requires a patient's account with the permission appointments:book.", _books)
DOCTOR = only("Requires a doctor's account with the permission appointments:consult.", _consults)
MANAGER = permission("appointments:manage")
CONTENT = only("Requires the prescription's patient or doctor.", _concerned)

RULES: Rules = {
    "Query.appointment": SIGNED_IN,
    "Query.prescription": SIGNED_IN,
    "Mutation.publishAvailability": DOCTOR,
    "Mutation.overrideAvailability": DOCTOR,
    "Mutation.bookAppointment": PATIENT,
    "Mutation.rescheduleAppointment": PATIENT | MANAGER,
    "Mutation.cancelAppointment": PATIENT | DOCTOR | MANAGER,
    "Mutation.checkInAppointment": DOCTOR | MANAGER,
    "Mutation.completeAppointment": DOCTOR | MANAGER,
    "Mutation.markNoShow": DOCTOR | MANAGER,
    "Mutation.issuePrescription": DOCTOR,
    "Mutation.joinWaitlist": PATIENT,
    "Mutation.leaveWaitlist": PATIENT,
    "Subscription.appointmentUpdated": SIGNED_IN,
    "Subscription.availabilityChanged": PUBLIC,
    "Doctor.id": PUBLIC,
    "Doctor.slots": PUBLIC,
    "Doctor.nextAvailableSlot": PUBLIC,
    "Doctor.appointments": only("Requires the doctor.", _doctors_own) | permission(READ),
    "Doctor.openDates": service(READ),
    "User.id": VISIBLE,
    "User.appointments": SIGNED_IN,
    "User.prescriptions": SIGNED_IN,
    "User.waitlistEntries": only("Requires the patient.", _patients_own) | permission(READ),
    "Appointment.*": VISIBLE,
    "AppointmentEdge.*": VISIBLE,
    "AppointmentConnection.*": VISIBLE,
    "AppointmentUpdate.*": VISIBLE,
    "AvailabilityChange.*": VISIBLE,
    "Slot.*": VISIBLE,
    "Prescription.diagnosis": CONTENT,
    "Prescription.medicines": CONTENT,
    "Prescription.advice": CONTENT,
    "Prescription.pdfUrl": CONTENT,
    "Prescription.*": VISIBLE,
    "PrescriptionEdge.*": VISIBLE,
    "PrescriptionConnection.*": VISIBLE,
    "Medicine.*": VISIBLE,
    "WaitlistEntry.*": VISIBLE,
    "Money.*": VISIBLE,
    "PageInfo.*": VISIBLE,
    "AppointmentError.*": VISIBLE,
    "PublishAvailabilityPayload.*": VISIBLE,
    "BookAppointmentPayload.*": VISIBLE,
    "AppointmentPayload.*": VISIBLE,
    "IssuePrescriptionPayload.*": VISIBLE,
    "WaitlistPayload.*": VISIBLE,
}
