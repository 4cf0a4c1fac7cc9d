"""What people hold in hands who ask for everything that the platform holds about them."""

import re
from typing import Any

from tests.stories.client import Client
from tests.stories.people import Doctor, Patient, a_doctor, a_patient, confirmed

ASK = "mutation { requestDataExport { ok userErrors { code } } }"
HEADACHE = {
    "diagnosis": "Tension headache",
    "medicines": [
        {"name": "Paracetamol", "type": "tablet", "dosage": "500 mg", "frequency": "1-0-1", "durationDays": 3}
    ],
}


async def export_of(anyone: Client, who: Patient | Doctor) -> dict[str, Any]:
    """Ask, wait for the mail, follow its link."""
    assert (await who.client.ask(ASK))["requestDataExport"] == {"ok": True, "userErrors": []}
    mail = await anyone.mail(who.email, "Your data is ready")
    (link,) = re.findall(r"https?://\S+", mail.text)
    answer = await anyone.fetch(link)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    held: dict[str, Any] = answer.json()
    return held


async def test_a_patient_and_a_doctor_have_what_is_theirs_and_nothing_of_the_other(
    anyone: Client, admin: Client
) -> None:
    doctor, patient = await a_doctor(anyone, admin), await a_patient(anyone)
    appointment_id = await confirmed(patient, doctor, doctor.slots[0])
    await doctor.client.done("checkInAppointment", "appointment { id }", appointmentId=appointment_id)
    await doctor.client.done("issuePrescription", "prescription { id }", appointmentId=appointment_id, **HEADACHE)
    await doctor.client.done("completeAppointment", "appointment { id }", appointmentId=appointment_id)
    await patient.client.done("rateAppointment", "rating { id }", appointmentId=appointment_id, stars=5, comment="Kind")

    of_patient, of_doctor = await export_of(anyone, patient), await export_of(anyone, doctor)

    held = of_patient["held"]
    assert (of_patient["account"]["email"], held["users"]["firstName"]) == (patient.email, "Asha")
    assert [row["symptoms"] for row in held["appointments"]["appointments"]] == ["canary-symptom-zebra"]
    assert [row["diagnosis"] for row in held["appointments"]["prescriptions"]] == ["Tension headache"]
    assert [row["status"] for row in held["payments"]["payments"]] == ["SUCCEEDED"]
    assert [row["comment"] for row in held["ratings"]["ratings"]] == ["Kind"]
    assert "payment_receipt" in {row["kind"] for row in held["notifications"]["notifications"]}
    assert "prescription.issue" in {row["action"] for row in held["security"]["accessLog"]}
    theirs = of_doctor["held"]
    assert theirs["doctors"]["registrationNumber"].startswith("MC-")
    assert "+912233445566" in theirs["doctors"]["privateDetails"]
    assert [row["id"] for row in theirs["appointments"]["appointments"]] == [appointment_id]
    for secret in ("canary-symptom-zebra", "Tension headache", patient.email):
        assert secret not in str(of_doctor)
