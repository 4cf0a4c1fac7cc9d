"""A doctor's documents, which reviewers judge by; their rules are those of a patient's, and tested there."""

from datetime import timedelta
from typing import Any

import pytest

from shared.auth import ANONYMOUS, Caller
from subgraphs.doctors.documents import DoctorDocument
from tests.subgraphs.callers import ADMIN, OTHER_DOCTOR, PATIENT
from tests.subgraphs.doctors.conftest import MEERA, Clinic, as_doctor
from tests.subgraphs.harness import code_of

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50
CREATE = """
mutation($input: CreateDocumentUploadInput!) {
  createDoctorDocumentUpload(input: $input) {
    document { id status } upload { fields { name value } } userErrors { code }
  }
}
"""
COMPLETE = """
mutation($input: CompleteDocumentUploadInput!) {
  completeDoctorDocumentUpload(input: $input) { document { status } userErrors { field code } }
}
"""
DELETE = """
mutation($input: DeleteDocumentInput!) {
  deleteDoctorDocument(input: $input) { deletedDocumentId userErrors { field code } }
}
"""
SHOW = "query($id: ID!) { doctor(id: $id) { documents { id kind status downloadUrl } } }"
DIPLOMA = {"name": "diploma.png", "contentType": "image/png", "sizeBytes": len(PNG), "kind": "DIPLOMA"}


async def send(clinic: Clinic, doctor_id: str) -> str:
    """Announce a diploma and put the file where it arrives; answers its id."""
    answer = await clinic.world.ask(CREATE, {"input": DIPLOMA}, as_=as_doctor(doctor_id))
    payload = answer["data"]["createDoctorDocumentUpload"]
    fields = {field["name"]: field["value"] for field in payload["upload"]["fields"]}
    await clinic.world.blobs.write(fields["key"], PNG, "image/png")
    document_id: str = payload["document"]["id"]
    return document_id


async def test_a_reviewer_opens_the_diploma_that_a_doctor_sent(clinic: Clinic) -> None:
    doctor_id = (await clinic.register())["doctor"]["id"]
    document_id = await send(clinic, doctor_id)
    done = await clinic.world.ask(COMPLETE, {"input": {"documentId": document_id}}, as_=as_doctor(doctor_id))

    answer = await clinic.world.ask(SHOW, {"id": doctor_id}, as_=ADMIN)

    (document,) = answer["data"]["doctor"]["documents"]
    assert done["data"]["completeDoctorDocumentUpload"] == {"document": {"status": "AVAILABLE"}, "userErrors": []}
    assert document.pop("downloadUrl").startswith("http://127.0.0.1:4000/files/")
    assert document == {"id": document_id, "kind": "DIPLOMA", "status": "AVAILABLE"}


async def test_another_doctors_document_is_missing_for_every_mutation(clinic: Clinic) -> None:
    document_id = await send(clinic, await clinic.doctor())

    completed = await clinic.world.ask(COMPLETE, {"input": {"documentId": document_id}}, as_=OTHER_DOCTOR)
    deleted = await clinic.world.ask(DELETE, {"input": {"documentId": document_id}}, as_=OTHER_DOCTOR)

    missing = [{"field": ["documentId"], "code": "NOT_FOUND"}]
    assert completed["data"]["completeDoctorDocumentUpload"] == {"document": None, "userErrors": missing}
    assert deleted["data"]["deleteDoctorDocument"] == {"deletedDocumentId": None, "userErrors": missing}


async def test_a_doctor_deletes_a_document(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor()
    document_id = await send(clinic, doctor_id)

    answer = await clinic.world.ask(DELETE, {"input": {"documentId": document_id}}, as_=as_doctor(doctor_id))

    left = await clinic.world.ask(SHOW, {"id": doctor_id}, as_=as_doctor(doctor_id))
    assert answer["data"]["deleteDoctorDocument"] == {"deletedDocumentId": document_id, "userErrors": []}
    assert left["data"]["doctor"]["documents"] == []


@pytest.mark.parametrize(
    ("caller", "code"), [(ANONYMOUS, "UNAUTHENTICATED"), (PATIENT, "FORBIDDEN"), (ADMIN, "FORBIDDEN")]
)
@pytest.mark.parametrize(
    ("mutation", "given"),
    [(CREATE, DIPLOMA), (COMPLETE, {"documentId": "file_1"}), (DELETE, {"documentId": "file_1"})],
)
async def test_only_doctors_have_doctors_documents(
    clinic: Clinic, caller: Caller, code: str, mutation: str, given: dict[str, Any]
) -> None:
    answer = await clinic.world.ask(mutation, {"input": given}, as_=caller)

    assert code_of(answer) == code
    assert await clinic.world.published() == []


async def test_a_registration_that_got_no_account_is_deleted_after_a_day(clinic: Clinic) -> None:
    kept = await clinic.doctor()
    clinic.world.peers.down.add("security")
    register = "mutation($input: RegisterDoctorInput!) { registerDoctor(input: $input) { doctor { id } } }"
    answer = await clinic.world.ask(register, {"input": {**MEERA, "email": "lost@example.com"}})
    assert code_of(answer) == "SUBGRAPH_UNAVAILABLE"
    assert await DoctorDocument.find({}).count() == 2

    clinic.world.clock.advance(timedelta(days=1, seconds=1))
    await clinic.world.run_job("doctors.orphans")

    assert [doctor.id for doctor in await DoctorDocument.find({}).to_list()] == [kept]
