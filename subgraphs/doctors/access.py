"""Who may: the rule of every field."""

from shared.graphql.access import DOCTOR, PUBLIC, VISIBLE, Rules, only, permission, service
from shared.graphql.documents import DOCUMENT_RULES

OWNER_OR_REVIEWER = only(
    "Requires the doctor themselves, or the permission doctors:review.", lambda _caller, doctor: doctor.opened
)
REVIEWER = permission("doctors:review")
OTHER_PART = service("doctors:read")

RULES: Rules = {
    "Query.doctor": PUBLIC,
    "Query.doctors": PUBLIC,
    "Query.specialities": PUBLIC,
    "Mutation.registerDoctor": PUBLIC,
    "Mutation.updateDoctor": DOCTOR,
    "Mutation.approveDoctor": REVIEWER,
    "Mutation.rejectDoctor": REVIEWER,
    "Mutation.suspendDoctor": REVIEWER,
    "Mutation.reinstateDoctor": REVIEWER,
    "Mutation.createDoctorDocumentUpload": DOCTOR,
    "Mutation.completeDoctorDocumentUpload": DOCTOR,
    "Mutation.deleteDoctorDocument": DOCTOR,
    "Account.*": VISIBLE,
    "Doctor.*": VISIBLE,
    "Doctor.registrationNumber": OWNER_OR_REVIEWER,
    "Doctor.documents": OWNER_OR_REVIEWER,
    # The mail of a rejection quotes it.
    "Doctor.reviewComments": OWNER_OR_REVIEWER | OTHER_PART,
    "Doctor.privateDetails": only(
        "Requires the doctor themselves.", lambda caller, doctor: caller.doctor_id == doctor.id
    ),
    "Doctor.accountId": OTHER_PART,
    "Doctor.email": OTHER_PART,
    "Doctor.version": OTHER_PART,
    "DoctorConnection.*": VISIBLE,
    "DoctorEdge.*": VISIBLE,
    "Money.*": VISIBLE,
    "PageInfo.*": VISIBLE,
    "RegisterDoctorPayload.*": VISIBLE,
    "UpdateDoctorPayload.*": VISIBLE,
    "ReviewDoctorPayload.*": VISIBLE,
    **DOCUMENT_RULES,
}
