"""Prescriptions: paid appointments only, versions that stay, a PDF behind a short-lived address, and an audit trail."""

import asyncio
from typing import Any

import httpx
import pytest

from shared.auth import Caller
from shared.blobs.files import files_app
from subgraphs.appointments.service import pdf
from tests.subgraphs.appointments.asking import ERRORS, TEN, booked, change, codes, confirmed, kinds, pay, publish
from tests.subgraphs.callers import ADMIN, DOCTOR, OTHER_DOCTOR, OTHER_PATIENT, PATIENT, SUPPORT, service
from tests.subgraphs.harness import World, code_of

CONTENT = "id version diagnosis advice medicines { name type dosage frequency durationDays remarks } pdfUrl"
ISSUE = f"""mutation($input: IssuePrescriptionInput!) {{ issuePrescription(input: $input) {{
    prescription {{ {CONTENT} }} {ERRORS} }} }}"""
MEDICINE = {
    "name": " Paracetamol ",
    "type": "tablet",
    "dosage": "500 mg",
    "frequency": "twice a day",
    "durationDays": 5,
}


@pytest.fixture(autouse=True)
async def _hours(world: World) -> None:
    await publish(world)


async def issue(world: World, appointment_id: str, *, as_: Caller = DOCTOR, **changes: Any) -> dict[str, Any]:
    input_ = {"appointmentId": appointment_id, "diagnosis": "Flu", "medicines": [MEDICINE], **changes}
    answer = await world.ask(ISSUE, {"input": input_}, as_=as_)
    assert "errors" not in answer, answer
    payload: dict[str, Any] = answer["data"]["issuePrescription"]
    return payload


async def read(world: World, id_: str, as_: Caller, fields: str = CONTENT) -> dict[str, Any]:
    return await world.ask(f"query($id: ID!) {{ prescription(id: $id) {{ {fields} }} }}", {"id": id_}, as_=as_)


async def audits(world: World) -> list[tuple[str, str]]:
    return [(one.data["actor_id"], one.data["action"]) for one in await world.published() if one.topic == "audit"]


async def test_nothing_is_prescribed_before_it_is_paid_nor_after_it_was_called_off(world: World) -> None:
    appointment = await booked(world)
    assert codes(await issue(world, appointment)) == ["PAYMENT_PENDING"]
    await pay(world, appointment)
    await change(world, "cancelAppointment", DOCTOR, appointmentId=appointment, reason="Ill", idempotencyKey="c")

    assert codes(await issue(world, appointment)) == ["INVALID_STATE"]
    assert codes(await issue(world, appointment, as_=OTHER_DOCTOR)) == ["NOT_FOUND"]
    assert "prescription.issued" not in await kinds(world)


async def test_a_prescription_is_issued_in_versions_and_none_is_overwritten(world: World) -> None:
    appointment = await confirmed(world)

    first = (await issue(world, appointment))["prescription"]
    second = (await issue(world, appointment, diagnosis="Cold", advice="Rest"))["prescription"]

    assert (first["version"], second["version"]) == (1, 2)
    assert first["medicines"] == [{**MEDICINE, "name": "Paracetamol", "remarks": None}]
    assert (await read(world, first["id"], PATIENT))["data"]["prescription"]["diagnosis"] == "Flu"
    newest = await world.ask(
        "query($id: ID!) { appointment(id: $id) { prescription { version diagnosis } } }",
        {"id": appointment},
        as_=PATIENT,
    )
    assert newest["data"]["appointment"]["prescription"] == {"version": 2, "diagnosis": "Cold"}
    (issued, _) = [one for one in await world.published() if one.type == "prescription.issued"]
    assert issued.data == {
        "prescription_id": first["id"],
        "appointment_id": appointment,
        "doctor_id": "doc_doctor",
        "user_id": "usr_patient",
        "version": 1,
    }


async def test_parallel_prescriptions_get_versions_of_their_own(world: World) -> None:
    appointment = await confirmed(world)

    payloads = await asyncio.gather(*(issue(world, appointment) for _ in range(3)))

    assert sorted(payload["prescription"]["version"] for payload in payloads) == [1, 2, 3]


async def test_the_pdf_is_behind_a_short_lived_address(world: World) -> None:
    appointment = await confirmed(world)
    url = (await issue(world, appointment))["prescription"]["pdfUrl"]

    transport = httpx.ASGITransport(app=files_app(world.blobs))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:4000") as client:
        answer = await client.get(url)

    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["content-disposition"].startswith('attachment; filename="prescription-2026-11-23-v1.pdf"')


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"diagnosis": "  "}, ["diagnosis"]),
        ({"diagnosis": "x" * 4001}, ["diagnosis"]),
        ({"advice": "x" * 4001}, ["advice"]),
        ({"medicines": []}, ["medicines"]),
        ({"medicines": [MEDICINE, {**MEDICINE, "durationDays": 0}]}, ["medicines", "1", "durationDays"]),
        ({"medicines": [{**MEDICINE, "name": ""}]}, ["medicines", "0", "name"]),
        ({"medicines": [{**MEDICINE, "dosage": "x" * 201}]}, ["medicines", "0", "dosage"]),
        ({"medicines": [{**MEDICINE, "remarks": "\u0007"}]}, ["medicines", "0", "remarks"]),
    ],
)
async def test_what_cannot_be_prescribed_is_refused_by_field(
    world: World, changes: dict[str, Any], field: list[str]
) -> None:
    appointment = await confirmed(world)

    payload = await issue(world, appointment, **changes)

    assert codes(payload) == ["INVALID_INPUT"]
    assert payload["userErrors"][0]["field"] == field
    assert "prescription.issued" not in await kinds(world)


async def test_only_patient_and_doctor_read_it_and_each_reading_is_on_record(world: World) -> None:
    appointment = await confirmed(world)
    id_ = (await issue(world, appointment, as_=DOCTOR))["prescription"]["id"]
    before = len(await audits(world))

    for caller in (OTHER_PATIENT, OTHER_DOCTOR, ADMIN, SUPPORT):
        assert (await read(world, id_, caller)) == {"data": {"prescription": None}}
    assert len(await audits(world)) == before
    assert (await read(world, id_, PATIENT, "version"))["data"]["prescription"] == {"version": 1}
    assert len(await audits(world)) == before
    assert (await read(world, id_, PATIENT))["data"]["prescription"]["diagnosis"] == "Flu"

    assert (await audits(world))[before:] == [("acc_patient", "prescription.read")]


async def test_services_learn_that_there_is_one_and_never_what_it_says(world: World) -> None:
    appointment = await confirmed(world)
    id_ = (await issue(world, appointment))["prescription"]["id"]
    reader = service("prescriptions:read")

    assert (await read(world, id_, reader, "version user { id }"))["data"]["prescription"] == {
        "version": 1,
        "user": {"id": "usr_patient"},
    }
    for field in ("diagnosis", "advice", "medicines { name }", "pdfUrl"):
        assert code_of(await read(world, id_, reader, field)) == "FORBIDDEN"


async def test_patients_page_through_their_prescriptions_and_doctors_see_their_own(world: World) -> None:
    appointment = await confirmed(world)
    for _ in range(3):
        await issue(world, appointment)
    query = """query($r: [_Any!]!) { _entities(representations: $r) { ... on User {
        prescriptions(first: 2) { edges { node { version } } pageInfo { hasNextPage } } } } }"""
    user = {"r": [{"__typename": "User", "id": "usr_patient"}]}

    mine = await world.ask(query, user, as_=PATIENT)
    others = await world.ask(query, user, as_=OTHER_DOCTOR)
    admins = await world.ask(query, user, as_=ADMIN)

    page = mine["data"]["_entities"][0]["prescriptions"]
    assert [edge["node"]["version"] for edge in page["edges"]] == [3, 2]
    assert page["pageInfo"] == {"hasNextPage": True}
    assert others["data"]["_entities"][0]["prescriptions"]["edges"] == []
    assert code_of(admins) == "FORBIDDEN"


async def test_a_prescription_waits_while_the_names_cannot_be_asked(world: World) -> None:
    appointment = await confirmed(world)
    world.peers.down.add("users")
    input_ = {"appointmentId": appointment, "diagnosis": "Flu", "medicines": [MEDICINE]}

    answer = await world.ask(ISSUE, {"input": input_}, as_=DOCTOR)

    assert code_of(answer) == "SUBGRAPH_UNAVAILABLE"
    assert "prescription.issued" not in await kinds(world)


def test_what_no_font_draws_is_printed_as_its_code_point() -> None:
    assert pdf.drawable("Asha \u0905", range(256)) == "Asha [U+0905]"


async def test_a_name_in_another_script_does_not_stop_the_paper(world: World) -> None:
    world.peers.knows("User", "usr_patient", firstName="\u0906\u0936\u093e", lastName="\u738b")
    appointment = await confirmed(world, TEN)

    assert (await issue(world, appointment))["userErrors"] == []
