"""Documents from the form to the download: whose they are, what is taken, and who may see them."""

from hashlib import sha256
from typing import Any

import httpx

from tests.stories.client import Client
from tests.stories.people import Patient, a_doctor, a_patient, confirmed, register_doctor

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf"
    "c0000003010100c9fe92ef0000000049454e44ae426082"
)
PDF = b"%PDF-1.4\n% canary-document-okapi\n" + b"x" * 500 + b"\n%%EOF\n"
FIELDS = "document { id name status contentType sizeBytes } upload { url method fields { name value } }"
MINE = "query($id: ID!) { user(id: $id) { documents { id name status downloadUrl } } }"


async def announce(client: Client, whose: str, data: bytes, **rest: Any) -> dict[str, Any]:
    """Say that a file will come; answers the payload."""
    given = {"name": "scan.pdf", "contentType": "application/pdf", "sizeBytes": len(data), "kind": "report"}
    return await client.do(f"create{whose}DocumentUpload", FIELDS, **{**given, **rest})


async def complete(client: Client, whose: str, document_id: str) -> dict[str, Any]:
    return await client.do(f"complete{whose}DocumentUpload", "document { id status }", documentId=document_id)


async def uploaded(client: Client, whose: str, data: bytes, **rest: Any) -> str:
    """Announce, send and complete; answers the document's id."""
    created = await announce(client, whose, data, sha256=sha256(data).hexdigest(), **rest)
    assert created["userErrors"] == []
    assert (await client.upload(created["upload"], data)).status_code == 204
    done = await complete(client, whose, created["document"]["id"])
    assert done == {"document": {"id": created["document"]["id"], "status": "AVAILABLE"}, "userErrors": []}
    document_id: str = created["document"]["id"]
    return document_id


async def documents_of(viewer: Client, patient: Patient) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = (await viewer.ask(MINE, id=patient.id))["user"]["documents"]
    return documents


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


async def test_a_document_is_sent_listed_fetched_as_an_attachment_and_deleted(anyone: Client) -> None:
    patient = await a_patient(anyone)
    name = 'befund "März".pdf'

    document_id = await uploaded(patient.client, "User", PDF, name=name)

    (document,) = await documents_of(patient.client, patient)
    assert (document["id"], document["name"], document["status"]) == (document_id, name, "AVAILABLE")
    fetched = await anyone.fetch(document["downloadUrl"])
    assert fetched.status_code == 200
    assert fetched.content == PDF
    assert fetched.headers["content-type"] == "application/pdf"
    assert fetched.headers["content-disposition"].startswith("attachment;")
    assert "no-store" in fetched.headers["cache-control"]
    tampered = httpx.URL(document["downloadUrl"]).copy_merge_params({"name": "other.pdf"})
    assert (await anyone.fetch(str(tampered))).status_code == 403
    deleted = await patient.client.done("deleteUserDocument", "deletedDocumentId", documentId=document_id)
    assert deleted["deletedDocumentId"] == document_id
    assert await documents_of(patient.client, patient) == []
    assert (await anyone.fetch(document["downloadUrl"])).status_code == 404


async def test_what_is_announced_wrongly_is_refused_before_a_byte_is_sent(anyone: Client) -> None:
    client = (await a_patient(anyone)).client

    refused = [
        await announce(client, "User", PDF, contentType="text/html"),
        await announce(client, "User", PDF, sizeBytes=10 * 1024 * 1024 + 1),
        await announce(client, "User", PDF, sizeBytes=0),
    ]

    assert [codes(payload) for payload in refused] == [
        ["UNSUPPORTED_CONTENT_TYPE"],
        ["FILE_TOO_LARGE"],
        ["INVALID_INPUT"],
    ]
    assert [payload["upload"] for payload in refused] == [None, None, None]


async def test_what_arrives_is_looked_at_not_believed(anyone: Client) -> None:
    patient = await a_patient(anyone)
    disguised = await announce(patient.client, "User", PNG)
    altered = await announce(patient.client, "User", PDF, sha256=sha256(b"something else").hexdigest())
    swollen = await announce(patient.client, "User", PDF)
    missing = await announce(patient.client, "User", PDF)

    assert (await patient.client.upload(disguised["upload"], PNG)).status_code == 204
    at_the_door = (await patient.client.upload(altered["upload"], PDF)).status_code
    assert (await patient.client.upload(swollen["upload"], PDF + b"more")).status_code in {400, 413}

    answers = [
        await complete(patient.client, "User", one["document"]["id"]) for one in (disguised, altered, swollen, missing)
    ]
    # S3 computes the checksum itself and takes nothing in; the embedded store leaves it to whoever completes.
    assert (at_the_door, codes(answers.pop(1))) in [(204, ["CHECKSUM_MISMATCH"]), (400, ["UPLOAD_INCOMPLETE"])]
    assert [codes(answer) for answer in answers] == [
        ["UNSUPPORTED_CONTENT_TYPE"],
        ["UPLOAD_INCOMPLETE"],
        ["UPLOAD_INCOMPLETE"],
    ]
    assert "AVAILABLE" not in [document["status"] for document in await documents_of(patient.client, patient)]


async def test_a_patients_documents_are_for_the_patient_and_the_doctor_who_treats_them(
    anyone: Client, admin: Client
) -> None:
    patient, stranger = await a_patient(anyone), await a_patient(anyone, "Boris")
    treating, other = await a_doctor(anyone, admin), await a_doctor(anyone, admin, city="Delhi")
    document_id = await uploaded(patient.client, "User", PNG, name="scan.png", contentType="image/png")
    ask = "query($id: ID!) { user(id: $id) { documents { id } } }"
    assert (await treating.client.ask(ask, id=patient.id))["user"] is None

    await confirmed(patient, treating, treating.slots[0])

    async def look() -> bool:
        seen = (await treating.client.post(ask, id=patient.id)).json()
        return bool(seen["data"] == {"user": {"documents": [{"id": document_id}]}})

    await anyone.until(look, "the treating doctor to see the documents")
    assert (await stranger.client.ask(ask, id=patient.id))["user"] is None
    assert (await other.client.ask(ask, id=patient.id))["user"] is None
    for meddler in (stranger.client, treating.client):
        answer = (await meddler.post(DELETE, input={"documentId": document_id})).json()
        assert "deleted" not in str(answer.get("data") or "")
    assert [one["id"] for one in await documents_of(patient.client, patient)] == [document_id]


DELETE = "mutation($input: DeleteDocumentInput!) { deleteUserDocument(input: $input) { userErrors { code } } }"


async def test_a_doctors_documents_are_for_the_doctor_and_the_reviewers(anyone: Client, admin: Client) -> None:
    doctor = await register_doctor(anyone, zone="Asia/Kolkata", fee="10.00", currency="INR", city="Pune")
    patient = await a_patient(anyone)
    document_id = await uploaded(doctor.client, "Doctor", PDF, name="licence.pdf")
    ask = "query($id: ID!) { doctor(id: $id) { documents { id name downloadUrl } } }"

    seen = (await admin.ask(ask, id=doctor.id))["doctor"]["documents"]

    assert [(one["id"], one["name"]) for one in seen] == [(document_id, "licence.pdf")]
    assert (await anyone.fetch(seen[0]["downloadUrl"])).content == PDF
    await admin.done("approveDoctor", "doctor { status }", doctorId=doctor.id, comments="The licence is in order.")
    hidden = (await patient.client.post(ask, id=doctor.id)).json()
    assert hidden["data"] == {"doctor": {"documents": None}}
    assert [error["extensions"]["code"] for error in hidden["errors"]] == ["FORBIDDEN"]
