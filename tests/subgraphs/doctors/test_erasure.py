"""A doctor whose account was erased: off the directory; what patients' records name stays, all else is gone."""

from shared.events.declared import EventData
from subgraphs.doctors.documents import DoctorDocument, DoctorStatus
from tests.subgraphs.callers import ADMIN
from tests.subgraphs.doctors.conftest import Clinic
from tests.subgraphs.doctors.test_documents import send

NAME = "query($id: ID!) { doctor(id: $id) { firstName registrationNumber documents { id } bio city } }"


class AccountErased(EventData):
    type = "account.erased"
    profile_id: str
    version: int


async def test_what_is_personal_goes_and_what_records_name_stays(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor()
    await send(clinic, doctor_id)

    for _ in range(2):
        await clinic.world.deliver("security", "acc_1", AccountErased(profile_id=doctor_id, version=2))

    listed = await clinic.world.ask("{ doctors { totalCount } }")
    assert listed["data"]["doctors"]["totalCount"] == 0
    shown = await clinic.world.ask(NAME, {"id": doctor_id}, as_=ADMIN)
    doctor = shown["data"]["doctor"]
    assert (doctor["firstName"], doctor["registrationNumber"]) == ("Meera", "KMC-12345")
    assert (doctor["documents"], doctor["bio"]) == ([], None)
    row = await DoctorDocument.get(doctor_id)
    assert row is not None
    assert row.status is DoctorStatus.SUSPENDED
    kept = row.model_dump_json()
    for personal in ("@example.com", "9876543210", "MG Road", "560001", "Bengaluru", "bengaluru", "Hearts", "77.5946"):
        assert personal not in kept
    told = [event.type for event in await clinic.world.published()]
    assert told.count("doctor.erased") == 1
