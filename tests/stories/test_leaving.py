"""Somebody leaves for good: what each part does of it, and that the address is free again."""

from tests.stories.client import Client
from tests.stories.people import PASSWORD, a_doctor, a_patient, confirmed, slots_of, status_of

OK = "ok"


async def test_a_patient_who_leaves_is_refunded_forgotten_and_welcome_again(anyone: Client, admin: Client) -> None:
    doctor, patient = await a_doctor(anyone, admin), await a_patient(anyone)
    appointment_id = await confirmed(patient, doctor, doctor.slots[-1])
    paid = await patient.client.ask("query($id: ID!) { appointment(id: $id) { payment { id } } }", id=appointment_id)
    payment_id = paid["appointment"]["payment"]["id"]
    await anyone.mail(doctor.email, "Confirmed:")

    refused = await patient.client.do("eraseAccount", OK, password="not the password")
    assert [error["code"] for error in refused["userErrors"]] == ["INVALID_CREDENTIALS"]
    assert (await patient.client.done("eraseAccount", OK, password=PASSWORD))["ok"] is True

    cancelled = await anyone.mail(doctor.email, "Cancelled:")
    assert "a patient" in cancelled.text
    assert await status_of(doctor.client, appointment_id) == "CANCELLED"
    assert doctor.slots[-1] in await slots_of(anyone, doctor)

    async def refunded() -> bool:
        answer = await admin.ask("query($id: ID!) { payment(id: $id) { status } }", id=payment_id)
        return bool(answer["payment"]["status"] == "REFUNDED")

    await anyone.until(refunded, "the refund")

    async def forgotten() -> bool:
        answer = await admin.ask("query($id: ID!) { user(id: $id) { email } }", id=patient.id)
        return answer["user"] is None

    await anyone.until(forgotten, "the end of the profile")
    named = "query($id: ID!) { appointment(id: $id) { status user { firstName } } }"
    seen = await doctor.client.ask(named, id=appointment_id)
    assert seen["appointment"] == {"status": "CANCELLED", "user": None}
    known = await anyone.do("signIn", "session { accessToken }", email=patient.email, password=PASSWORD)
    assert [error["code"] for error in known["userErrors"]] == ["INVALID_CREDENTIALS"]
    again = await anyone.done(
        "registerUser",
        "user { id }",
        email=patient.email,
        password=PASSWORD,
        firstName="Asha",
        lastName="Rao",
        timeZone="Asia/Kolkata",
    )
    assert again["user"]["id"] != patient.id


async def test_a_doctor_who_leaves_is_off_the_directory_and_patients_are_told_who_it_was(
    anyone: Client, admin: Client
) -> None:
    doctor, patient = await a_doctor(anyone, admin, city="Nashik"), await a_patient(anyone)
    appointment_id = await confirmed(patient, doctor, doctor.slots[0])

    await doctor.client.done("eraseAccount", OK, password=PASSWORD)

    cancelled = await anyone.mail(patient.email, "Cancelled:")
    assert "Dr Meera Iyer Nashik" in cancelled.text
    assert "What was paid goes back in full." in cancelled.text
    assert await status_of(patient.client, appointment_id) == "CANCELLED"

    async def gone() -> bool:
        answer = await anyone.ask("query($id: ID!) { doctor(id: $id) { id } }", id=doctor.id)
        return answer["doctor"] is None

    await anyone.until(gone, "the doctor to leave the directory")
