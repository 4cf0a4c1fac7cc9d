"""A doctor's own profile, what others see of it, and the memory of it."""

import asyncio
from typing import Any

import pytest

from shared.auth import ANONYMOUS, Caller
from shared.events.declared import EventData, event
from subgraphs.doctors.documents import DoctorDocument
from tests.subgraphs.callers import ADMIN, DOCTOR, EXPIRED, OTHER_DOCTOR, PATIENT, SUPPORT, service
from tests.subgraphs.doctors.conftest import ADDRESS, MEERA, Clinic, as_doctor
from tests.subgraphs.harness import code_of

PRIVATE = ("registrationNumber", "reviewComments", "documents { id }")
INTERNAL = ("accountId", "email", "version")
UPDATE = """
mutation($input: UpdateDoctorInput!) {
  updateDoctor(input: $input) {
    doctor { id bio qualifications languages consultationFee { amount currency } timeZone city }
    userErrors { field code }
  }
}
"""
ENTITY = 'query($id: ID!) { _entities(representations: [{__typename: "Doctor", id: $id}]) { ... on Doctor { %s } } }'


class DoctorChanged(EventData):
    type = "doctor.updated"
    doctor_id: str


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"firstName": " "}, ["firstName"], "INVALID_INPUT"),
        ({"phone": "none"}, ["phone"], "INVALID_INPUT"),
        ({"registrationNumber": ""}, ["registrationNumber"], "INVALID_INPUT"),
        ({"qualifications": []}, ["qualifications"], "INVALID_INPUT"),
        ({"qualifications": ["MD", " "]}, ["qualifications"], "INVALID_INPUT"),
        ({"languages": ["a"] * 0}, ["languages"], "INVALID_INPUT"),
        ({"yearsOfExperience": -1}, ["yearsOfExperience"], "INVALID_INPUT"),
        ({"yearsOfExperience": 81}, ["yearsOfExperience"], "INVALID_INPUT"),
        ({"bio": "x" * 2001}, ["bio"], "INVALID_INPUT"),
        ({"consultationFee": {"amount": "-1", "currency": "INR"}}, ["consultationFee", "amount"], "INVALID_INPUT"),
        ({"consultationFee": {"amount": "1.005", "currency": "INR"}}, ["consultationFee", "amount"], "INVALID_INPUT"),
        ({"consultationFee": {"amount": "1.5", "currency": "JPY"}}, ["consultationFee", "amount"], "INVALID_INPUT"),
        ({"consultationFee": {"amount": "1", "currency": "ZZZ"}}, ["consultationFee", "currency"], "INVALID_INPUT"),
        ({"timeZone": "IST"}, ["timeZone"], "INVALID_INPUT"),
        ({"dateOfBirth": "2030-01-01"}, ["dateOfBirth"], "INVALID_INPUT"),
        ({"address": {**ADDRESS, "city": ""}}, ["address", "city"], "INVALID_INPUT"),
        ({"address": {**ADDRESS, "countryCode": "XX"}}, ["address", "countryCode"], "INVALID_INPUT"),
        (
            {"address": {**ADDRESS, "location": {"latitude": 91, "longitude": 0}}},
            ["address", "location", "latitude"],
            "INVALID_INPUT",
        ),
    ],
)
async def test_a_refused_value_names_its_field_and_leaves_nothing(
    clinic: Clinic, changes: dict[str, Any], field: list[str], code: str
) -> None:
    payload = await clinic.register(**changes)

    assert payload["doctor"] is None
    assert [(error["field"], error["code"]) for error in payload["userErrors"]] == [(field, code)]
    assert await DoctorDocument.find({}).count() == 0
    assert await clinic.world.published() == []


async def test_an_address_that_is_taken_is_refused_and_leaves_nothing(clinic: Clinic) -> None:
    await clinic.register(email="meera@example.com")

    payload = await clinic.register(email="Meera@Example.com")

    assert [(error["field"], error["code"]) for error in payload["userErrors"]] == [(["email"], "EMAIL_TAKEN")]
    assert await DoctorDocument.find({}).count() == 1


async def test_without_a_speciality_one_is_a_general_physician(clinic: Clinic) -> None:
    details = {key: value for key, value in MEERA.items() if key != "speciality"}
    register = "mutation($input: RegisterDoctorInput!) { registerDoctor(input: $input) { doctor { speciality } } }"

    answer = await clinic.world.ask(register, {"input": details})

    assert answer["data"]["registerDoctor"]["doctor"] == {"speciality": "GENERAL_PHYSICIAN"}


async def test_an_update_changes_what_is_sent_and_leaves_the_rest(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor()

    answer = await clinic.world.ask(
        UPDATE,
        {"input": {"consultationFee": {"amount": "12.5", "currency": "usd"}, "bio": None}},
        as_=as_doctor(doctor_id),
    )

    assert answer["data"]["updateDoctor"] == {
        "doctor": {
            "id": doctor_id,
            "bio": None,
            "qualifications": ["MBBS", "MD"],
            "languages": ["English", "Hindi"],
            "consultationFee": {"amount": "12.50", "currency": "USD"},
            "timeZone": "Asia/Kolkata",
            "city": "Bengaluru",
        },
        "userErrors": [],
    }
    last = (await clinic.world.published())[-1]
    assert (last.type, last.data["version"]) == ("doctor.updated", 3)


async def test_an_update_that_changes_nothing_or_is_refused_tells_nobody(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor()
    before = len(await clinic.world.published())

    same = await clinic.world.ask(
        UPDATE, {"input": {"bio": " Hearts, mostly. ", "address": ADDRESS, "phone": None}}, as_=as_doctor(doctor_id)
    )
    refused = await clinic.world.ask(UPDATE, {"input": {"bio": "ok", "phone": "no"}}, as_=as_doctor(doctor_id))

    assert same["data"]["updateDoctor"]["userErrors"] == []
    assert refused["data"]["updateDoctor"] == {
        "doctor": None,
        "userErrors": [{"field": ["phone"], "code": "INVALID_INPUT"}],
    }
    assert len(await clinic.world.published()) == before


@pytest.mark.parametrize(
    ("caller", "code"),
    [(ANONYMOUS, "UNAUTHENTICATED"), (PATIENT, "FORBIDDEN"), (ADMIN, "FORBIDDEN"), (EXPIRED, "UNAUTHENTICATED")],
)
async def test_only_doctors_update_their_profile(clinic: Clinic, caller: Caller, code: str) -> None:
    answer = await clinic.world.ask(UPDATE, {"input": {"bio": "x"}}, as_=caller)

    assert code_of(answer) == code


async def test_a_doctors_account_without_a_profile_finds_none_to_update(clinic: Clinic) -> None:
    answer = await clinic.world.ask(UPDATE, {"input": {"bio": "x"}}, as_=DOCTOR)

    assert answer["data"]["updateDoctor"] == {"doctor": None, "userErrors": [{"field": None, "code": "NOT_FOUND"}]}


@pytest.mark.parametrize(
    ("caller", "code"),
    [
        (ANONYMOUS, "UNAUTHENTICATED"),
        (PATIENT, "FORBIDDEN"),
        (OTHER_DOCTOR, "FORBIDDEN"),
        (SUPPORT, "FORBIDDEN"),
        (service("users:read"), "FORBIDDEN"),
        (ADMIN, None),
    ],
)
@pytest.mark.parametrize("field", PRIVATE)
async def test_what_is_between_doctor_and_reviewer_is_shown_to_them_only(
    clinic: Clinic, caller: Caller, code: str | None, field: str
) -> None:
    doctor_id = await clinic.doctor()
    query = f"query($id: ID!) {{ doctor(id: $id) {{ id {field} }} }}"

    answer = await clinic.world.ask(query, {"id": doctor_id}, as_=caller)
    own = await clinic.world.ask(query, {"id": doctor_id}, as_=as_doctor(doctor_id))

    assert code_of(answer) == code
    assert answer["data"]["doctor"]["id"] == doctor_id
    assert "errors" not in own


@pytest.mark.parametrize("field", INTERNAL)
@pytest.mark.parametrize("caller", [PATIENT, ADMIN, service("users:read")])
async def test_what_is_for_services_is_refused_to_others(clinic: Clinic, field: str, caller: Caller) -> None:
    doctor_id = await clinic.doctor()

    refused = await clinic.world.ask(ENTITY % field, {"id": doctor_id}, as_=caller)
    answered = await clinic.world.ask(ENTITY % field, {"id": doctor_id}, as_=service("doctors:read"))

    assert code_of(refused) == "FORBIDDEN"
    assert "errors" not in answered


@pytest.mark.parametrize(
    "caller",
    [ANONYMOUS, PATIENT, OTHER_DOCTOR, SUPPORT, ADMIN, service("doctors:read")],
    ids=lambda one: str(one.roles),
)
async def test_where_a_doctor_lives_is_shown_to_the_doctor_alone(clinic: Clinic, caller: Caller) -> None:
    doctor_id = await clinic.doctor()

    refused = await clinic.world.ask(ENTITY % "privateDetails", {"id": doctor_id}, as_=caller)
    own = await clinic.world.ask(ENTITY % "privateDetails", {"id": doctor_id}, as_=as_doctor(doctor_id))

    assert code_of(refused) == ("FORBIDDEN" if caller.signed_in else "UNAUTHENTICATED")
    assert "12 MG Road" in own["data"]["_entities"][0]["privateDetails"]


async def test_the_mail_of_a_rejection_may_quote_the_comment(clinic: Clinic) -> None:
    doctor_id = (await clinic.register())["doctor"]["id"]
    await clinic.review("rejectDoctor", doctor_id, "The diploma is missing.")

    answer = await clinic.world.ask(
        ENTITY % "status reviewComments email", {"id": doctor_id}, as_=service("doctors:read")
    )

    assert answer["data"]["_entities"] == [
        {"status": "REJECTED", "reviewComments": "The diploma is missing.", "email": "doctor1@example.com"}
    ]


async def test_whoever_holds_an_appointment_sees_whom_it_names_whatever_became_of_them(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor()
    await clinic.review("suspendDoctor", doctor_id)

    answer = await clinic.world.ask(ENTITY % "firstName status", {"id": doctor_id}, as_=PATIENT)

    assert answer["data"]["_entities"] == [{"firstName": "Meera", "status": "SUSPENDED"}]


async def test_an_account_shows_its_doctor_to_itself_and_to_reviewers(clinic: Clinic) -> None:
    doctor_id = (await clinic.register())["doctor"]["id"]
    query = (
        'query($id: ID!) { _entities(representations: [{__typename: "Account", id: $id}])'
        " { ... on Account { doctor { id } } } }"
    )
    account = {"id": doctor_id.replace("doc_", "acc_")}

    own = await clinic.world.ask(query, account, as_=as_doctor(doctor_id))
    reviewer = await clinic.world.ask(query, account, as_=ADMIN)
    stranger = await clinic.world.ask(query, account, as_=PATIENT)
    patient = await clinic.world.ask(query, {"id": "acc_patient"}, as_=PATIENT)

    assert own["data"]["_entities"] == reviewer["data"]["_entities"] == [{"doctor": {"id": doctor_id}}]
    assert stranger["data"]["_entities"] == patient["data"]["_entities"] == [{"doctor": None}]


async def test_the_public_reads_from_memory_until_the_doctor_changes(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor()
    show = "query($id: ID!) { doctor(id: $id) { bio } }"
    await clinic.world.ask(show, {"id": doctor_id})
    collection = DoctorDocument.get_pymongo_collection()
    await collection.update_one({"_id": doctor_id}, {"$set": {"bio": "written by another process"}})

    remembered = await clinic.world.ask(show, {"id": doctor_id})
    own = await clinic.world.ask(show, {"id": doctor_id}, as_=as_doctor(doctor_id))
    await clinic.world.ask(UPDATE, {"input": {"phone": "+4915112345678"}}, as_=as_doctor(doctor_id))
    fresh = await clinic.world.ask(show, {"id": doctor_id})

    assert remembered["data"]["doctor"] == {"bio": "Hearts, mostly."}
    assert own["data"]["doctor"] == {"bio": "written by another process"}
    assert fresh["data"]["doctor"] == {"bio": "written by another process"}


async def test_a_change_by_another_process_reaches_the_memory_with_its_event(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor()
    show = "query($id: ID!) { doctor(id: $id) { bio } }"
    (forget,) = clinic.world.subgraph.loops
    following = asyncio.ensure_future(forget())
    await clinic.world.ask(show, {"id": doctor_id})
    collection = DoctorDocument.get_pymongo_collection()
    await collection.update_one({"_id": doctor_id}, {"$set": {"bio": "new"}})

    shown = await clinic.world.ask(show, {"id": doctor_id})
    while shown["data"]["doctor"] != {"bio": "new"}:
        changed = event("doctors", doctor_id, DoctorChanged(doctor_id=doctor_id), clinic.world.clock)
        await clinic.world.bus.publish([changed])
        shown = await clinic.world.ask(show, {"id": doctor_id})

    following.cancel()
    assert shown["data"]["doctor"] == {"bio": "new"}
