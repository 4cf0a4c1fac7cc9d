"""A patient's documents: announced, sent, checked, listed, fetched, deleted; by whom, and by nobody else."""

import asyncio
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from shared.auth import ANONYMOUS, Caller
from shared.events.declared import EventData
from tests.subgraphs.callers import ADMIN, DOCTOR, OTHER_DOCTOR, SUPPORT, service
from tests.subgraphs.harness import World, code_of
from tests.subgraphs.users.test_profiles import audits, book, register

PDF = b"%PDF-1.7\n" + b"0" * 100
CREATE = """
mutation($input: CreateDocumentUploadInput!) {
  createUserDocumentUpload(input: $input) {
    document { id name contentType sizeBytes kind status uploadedAt downloadUrl }
    upload { url method fields { name value } expiresAt }
    userErrors { field code }
  }
}
"""
COMPLETE = """
mutation($input: CompleteDocumentUploadInput!) {
  completeUserDocumentUpload(input: $input) { document { id status uploadedAt } userErrors { field code } }
}
"""
DELETE = """
mutation($input: DeleteDocumentInput!) {
  deleteUserDocument(input: $input) { deletedDocumentId userErrors { field code } }
}
"""
SHOW = "query($id: ID!) { user(id: $id) { id documents { id status downloadUrl } } }"


class AppointmentConfirmed(EventData):
    type = "appointment.confirmed"
    appointment_id: str
    doctor_id: str
    user_id: str


async def announce(world: World, patient: Caller, **changes: Any) -> dict[str, Any]:
    details = {
        "name": "report.pdf",
        "contentType": "application/pdf",
        "sizeBytes": len(PDF),
        "kind": "REPORT",
        **changes,
    }
    answer = await world.ask(CREATE, {"input": details}, as_=patient)
    assert "errors" not in answer, answer
    payload: dict[str, Any] = answer["data"]["createUserDocumentUpload"]
    return payload


async def send(world: World, patient: Caller, data: bytes = PDF, **changes: Any) -> str:
    """Announce a document and put the file where it arrives; answers its id."""
    payload = await announce(world, patient, **changes)
    fields = {field["name"]: field["value"] for field in payload["upload"]["fields"]}
    await world.blobs.write(fields["key"], data, "application/pdf")
    document_id: str = payload["document"]["id"]
    return document_id


async def complete(world: World, patient: Caller, document_id: str) -> dict[str, Any]:
    answer = await world.ask(COMPLETE, {"input": {"documentId": document_id}}, as_=patient)
    payload: dict[str, Any] = answer["data"]["completeUserDocumentUpload"]
    return payload


async def shown(world: World, patient: Caller, as_: Caller) -> list[dict[str, Any]]:
    answer = await world.ask(SHOW, {"id": patient.user_id}, as_=as_)
    assert "errors" not in answer, answer
    documents: list[dict[str, Any]] = answer["data"]["user"]["documents"]
    return documents


async def test_an_announced_document_is_pending_and_its_upload_address_fixes_everything(world: World) -> None:
    patient = await register(world)

    payload = await announce(world, patient, name="C:\\scans\\report.pdf", sha256=sha256(PDF).hexdigest().upper())

    document_id = payload["document"].pop("id")
    assert payload["document"] == {
        "name": "report.pdf",
        "contentType": "application/pdf",
        "sizeBytes": len(PDF),
        "kind": "REPORT",
        "status": "PENDING",
        "uploadedAt": None,
        "downloadUrl": None,
    }
    assert payload["userErrors"] == []
    assert payload["upload"]["method"] == "POST"
    fields = {field["name"]: field["value"] for field in payload["upload"]["fields"]}
    assert fields["key"] == f"uploads/{patient.user_id}/{document_id}"
    assert fields["Content-Type"] == "application/pdf"


async def test_a_file_that_is_what_was_announced_becomes_available_with_an_address(world: World) -> None:
    patient = await register(world)
    document_id = await send(world, patient, sha256=sha256(PDF).hexdigest())

    payload = await complete(world, patient, document_id)
    again = await complete(world, patient, document_id)

    assert payload == {
        "document": {"id": document_id, "status": "AVAILABLE", "uploadedAt": "2026-11-23T04:00:00Z"},
        "userErrors": [],
    }
    assert again == payload
    (document,) = await shown(world, patient, patient)
    assert document["downloadUrl"].startswith("http://127.0.0.1:4000/files/")


@pytest.mark.parametrize(
    ("announced", "data", "code"),
    [
        ({"sha256": "0" * 64}, PDF, "CHECKSUM_MISMATCH"),
        ({}, b"MZ" + b"0" * (len(PDF) - 2), "UNSUPPORTED_CONTENT_TYPE"),
        ({"sizeBytes": 20}, PDF, "FILE_TOO_LARGE"),
    ],
)
async def test_a_file_that_is_not_what_was_announced_is_rejected_for_good(
    world: World, announced: dict[str, Any], data: bytes, code: str
) -> None:
    patient = await register(world)
    document_id = await send(world, patient, data, **announced)

    payload = await complete(world, patient, document_id)

    assert payload["userErrors"] == [{"field": None, "code": code}]
    assert payload["document"]["status"] == "REJECTED"
    assert await complete(world, patient, document_id) == payload
    assert await shown(world, patient, patient) == [{"id": document_id, "status": "REJECTED", "downloadUrl": None}]


async def test_a_file_that_has_not_arrived_may_still_come(world: World) -> None:
    patient = await register(world)
    document_id = (await announce(world, patient))["document"]["id"]

    payload = await complete(world, patient, document_id)

    assert payload["document"]["status"] == "PENDING"
    assert payload["userErrors"] == [{"field": None, "code": "UPLOAD_INCOMPLETE"}]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"contentType": "text/html"}, ["contentType"], "UNSUPPORTED_CONTENT_TYPE"),
        ({"sizeBytes": 10 * 1024 * 1024 + 1}, ["sizeBytes"], "FILE_TOO_LARGE"),
        ({"sizeBytes": 0}, ["sizeBytes"], "INVALID_INPUT"),
        ({"name": " "}, ["name"], "INVALID_INPUT"),
        ({"kind": ""}, ["kind"], "INVALID_INPUT"),
        ({"sha256": "abc"}, ["sha256"], "INVALID_INPUT"),
    ],
)
async def test_an_announcement_that_is_refused_names_its_field_and_leaves_nothing(
    world: World, changes: dict[str, Any], field: list[str], code: str
) -> None:
    patient = await register(world)

    payload = await announce(world, patient, **changes)

    assert payload == {"document": None, "upload": None, "userErrors": [{"field": field, "code": code}]}
    assert await shown(world, patient, patient) == []
    assert [action for action, _, _ in await audits(world)] == ["documents.list"]


async def test_of_thirty_uploads_begun_at_once_twenty_are_taken(world: World) -> None:
    patient = await register(world)

    payloads = await asyncio.gather(*(announce(world, patient) for _ in range(30)))

    assert sum(payload["document"] is not None for payload in payloads) == 20
    refusals = [error["code"] for payload in payloads for error in payload["userErrors"]]
    assert refusals == ["INVALID_STATE"] * 10
    assert len(await shown(world, patient, patient)) == 20


async def test_a_deleted_document_is_gone_with_its_bytes(world: World) -> None:
    patient = await register(world)
    document_id = await send(world, patient)
    await complete(world, patient, document_id)

    answer = await world.ask(DELETE, {"input": {"documentId": document_id}}, as_=patient)
    again = await world.ask(DELETE, {"input": {"documentId": document_id}}, as_=patient)

    assert answer["data"]["deleteUserDocument"] == {"deletedDocumentId": document_id, "userErrors": []}
    assert again["data"]["deleteUserDocument"]["userErrors"] == [{"field": ["documentId"], "code": "NOT_FOUND"}]
    assert await shown(world, patient, patient) == []
    assert await world.blobs.head(f"documents/{patient.user_id}/{document_id}") is None


async def test_somebody_elses_document_is_missing_for_every_mutation(world: World) -> None:
    patient = await register(world)
    other = await register(world, email="other@example.com")
    document_id = await send(world, patient)

    payload = await complete(world, other, document_id)
    deleted = await world.ask(DELETE, {"input": {"documentId": document_id}}, as_=other)

    missing = [{"field": ["documentId"], "code": "NOT_FOUND"}]
    assert payload == {"document": None, "userErrors": missing}
    assert deleted["data"]["deleteUserDocument"] == {"deletedDocumentId": None, "userErrors": missing}
    assert [document["status"] for document in await shown(world, patient, patient)] == ["PENDING"]


@pytest.mark.parametrize("caller", [SUPPORT, ADMIN, DOCTOR, service("users:read")])
async def test_no_permission_and_no_unpaid_booking_opens_documents(world: World, caller: Caller) -> None:
    patient = await register(world)
    await book(world, patient)

    answer = await world.ask(SHOW, {"id": patient.user_id}, as_=caller)

    assert (code_of(answer), answer["data"]["user"]) == ("FORBIDDEN", None)


async def test_a_treating_doctor_opens_documents_and_the_patient_can_tell(world: World) -> None:
    patient = await register(world)
    document_id = await send(world, patient)
    await complete(world, patient, document_id)
    assert (patient.user_id, DOCTOR.doctor_id) != (None, None)
    confirmed = AppointmentConfirmed(
        appointment_id="apt_1", doctor_id=str(DOCTOR.doctor_id), user_id=str(patient.user_id)
    )
    # Out of order, and twice: what was confirmed stays confirmed.
    delivered = await world.deliver("appointments", "apt_1", confirmed)
    await book(world, patient)
    await world.redeliver(delivered)

    documents = await shown(world, patient, DOCTOR)
    stranger = await world.ask(SHOW, {"id": patient.user_id}, as_=OTHER_DOCTOR)

    assert [document["id"] for document in documents] == [document_id]
    assert stranger["data"]["user"] is None
    assert ("documents.list", "acc_doctor", patient.user_id) in await audits(world)


@pytest.mark.parametrize("mutation", [CREATE, COMPLETE, DELETE])
async def test_only_patients_have_patients_documents(world: World, mutation: str) -> None:
    given: dict[str, Any] = {"documentId": "file_1"}
    if mutation is CREATE:
        given = {"name": "a", "contentType": "image/png", "sizeBytes": 1, "kind": "a"}

    anonymous = await world.ask(mutation, {"input": given}, as_=ANONYMOUS)
    doctor = await world.ask(mutation, {"input": given}, as_=DOCTOR)

    assert (code_of(anonymous), code_of(doctor)) == ("UNAUTHENTICATED", "FORBIDDEN")


async def test_every_change_of_a_document_is_audited(world: World) -> None:
    patient = await register(world)
    document_id = await send(world, patient)
    await complete(world, patient, document_id)
    await world.ask(DELETE, {"input": {"documentId": document_id}}, as_=patient)

    who = (patient.account_id, patient.user_id)
    assert await audits(world) == [
        ("document.begin", *who),
        ("document.complete", *who),
        ("document.delete", *who),
    ]


async def test_an_upload_that_was_never_completed_is_swept_away(world: World) -> None:
    patient = await register(world)
    document_id = await send(world, patient)
    kept = await send(world, patient)
    await complete(world, patient, kept)
    world.clock.advance(timedelta(days=2, seconds=1))

    await world.run_job("users.uploads")

    assert [document["id"] for document in await shown(world, patient, patient)] == [kept]
    assert await world.blobs.head(f"uploads/{patient.user_id}/{document_id}") is None
