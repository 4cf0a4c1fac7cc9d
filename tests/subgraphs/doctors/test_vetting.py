"""From registration to the directory, and out of it again."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.auth import ANONYMOUS
from shared.events.declared import EventData
from subgraphs.doctors.documents import DoctorDocument
from tests.subgraphs.callers import ADMIN, DOCTOR, PATIENT, SUPPORT, service
from tests.subgraphs.doctors.conftest import REVIEW, Clinic, as_doctor
from tests.subgraphs.harness import code_of

FIND = "query($id: ID!) { doctor(id: $id) { id status } }"
UPDATE = """
mutation($input: UpdateDoctorInput!) {
  updateDoctor(input: $input) { doctor { id status bio languages } userErrors { field code } }
}
"""


async def listed(clinic: Clinic) -> list[str]:
    answer = await clinic.world.ask("{ doctors { edges { node { id } } } }")
    return [edge["node"]["id"] for edge in answer["data"]["doctors"]["edges"]]


async def kinds(clinic: Clinic) -> list[str]:
    return [event.type for event in await clinic.world.published()]


async def test_a_new_doctor_is_pending_and_shown_to_themselves_as_sent(clinic: Clinic) -> None:
    payload = await clinic.register()

    doctor = payload["doctor"]
    assert payload["userErrors"] == []
    assert doctor.pop("id").startswith("doc_")
    assert doctor == {
        "firstName": "Meera",
        "lastName": "Iyer",
        "status": "PENDING",
        "speciality": "CARDIOLOGIST",
        "qualifications": ["MBBS", "MD"],
        "yearsOfExperience": 12,
        "languages": ["English", "Hindi"],
        "bio": "Hearts, mostly.",
        "consultationFee": {"amount": "500.00", "currency": "INR"},
        "timeZone": "Asia/Kolkata",
        "city": "Bengaluru",
        "averageRating": None,
        "ratingCount": 0,
        "registrationNumber": "KMC-12345",
        "documents": [],
        "reviewComments": None,
        "createdAt": "2026-11-23T04:00:00Z",
    }
    assert await kinds(clinic) == ["doctor.registered"]


async def test_an_approved_doctor_is_listed_and_the_review_is_kept_announced_and_audited(clinic: Clinic) -> None:
    doctor_id = (await clinic.register())["doctor"]["id"]
    assert await listed(clinic) == []

    payload = await clinic.review("approveDoctor", doctor_id, "Diplomas seen.")

    doctor = await DoctorDocument.get(doctor_id)
    assert payload == {
        "doctor": {"id": doctor_id, "status": "ACTIVE", "reviewComments": "Diplomas seen."},
        "userErrors": [],
    }
    assert await listed(clinic) == [doctor_id]
    assert doctor is not None
    assert [review.model_dump() for review in doctor.reviews] == [
        {
            "decision": "approve",
            "reviewer_id": "acc_admin",
            "comment": "Diplomas seen.",
            "at": datetime(2026, 11, 23, 4, 0, tzinfo=UTC),
        }
    ]
    approved, audited = (await clinic.world.published())[1:]
    assert (approved.type, approved.data["version"]) == ("doctor.approved", 2)
    assert audited.data == {
        "actor_id": "acc_admin",
        "action": "doctor.approve",
        "resource_type": "Doctor",
        "resource_id": doctor_id,
        "user_id": None,
        "outcome": "ok",
    }


async def test_a_rejected_doctor_resubmits_by_updating_and_may_be_approved_then(clinic: Clinic) -> None:
    doctor_id = (await clinic.register())["doctor"]["id"]
    await clinic.review("rejectDoctor", doctor_id, "The diploma is missing.")

    answer = await clinic.world.ask(UPDATE, {"input": {"bio": "With diploma."}}, as_=as_doctor(doctor_id))

    assert answer["data"]["updateDoctor"]["doctor"]["status"] == "PENDING"
    assert (await clinic.review("approveDoctor", doctor_id))["doctor"]["status"] == "ACTIVE"
    assert [kind for kind in await kinds(clinic) if kind != "audit.recorded"] == [
        "doctor.registered",
        "doctor.rejected",
        "doctor.resubmitted",
        "doctor.approved",
    ]


async def test_a_rejected_doctor_may_resubmit_without_changing_a_field(clinic: Clinic) -> None:
    doctor_id = (await clinic.register())["doctor"]["id"]
    await clinic.review("rejectDoctor", doctor_id, "The diploma is missing.")

    answer = await clinic.world.ask(UPDATE, {"input": {}}, as_=as_doctor(doctor_id))

    assert answer["data"]["updateDoctor"]["doctor"]["status"] == "PENDING"


async def test_a_suspended_doctor_leaves_the_directory_until_reinstated(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor()

    await clinic.review("suspendDoctor", doctor_id, "A complaint is being looked into.")
    hidden = await clinic.world.ask(FIND, {"id": doctor_id})
    assert (await listed(clinic), hidden["data"]["doctor"]) == ([], None)

    await clinic.review("reinstateDoctor", doctor_id, "")
    shown = await clinic.world.ask(FIND, {"id": doctor_id})
    assert await listed(clinic) == [doctor_id]
    assert shown["data"]["doctor"] == {"id": doctor_id, "status": "ACTIVE"}


@pytest.mark.parametrize(
    ("path", "decision"),
    [
        ([], "suspendDoctor"),
        ([], "reinstateDoctor"),
        (["approveDoctor"], "approveDoctor"),
        (["approveDoctor"], "rejectDoctor"),
        (["approveDoctor"], "reinstateDoctor"),
        (["rejectDoctor"], "approveDoctor"),
        (["rejectDoctor"], "suspendDoctor"),
        (["approveDoctor", "suspendDoctor"], "approveDoctor"),
        (["approveDoctor", "suspendDoctor"], "suspendDoctor"),
    ],
)
async def test_any_other_transition_is_an_invalid_state_and_changes_nothing(
    clinic: Clinic, path: list[str], decision: str
) -> None:
    doctor_id = (await clinic.register())["doctor"]["id"]
    for step in path:
        await clinic.review(step, doctor_id)
    before, events = await DoctorDocument.get(doctor_id), await kinds(clinic)

    payload = await clinic.review(decision, doctor_id)

    assert payload == {"doctor": None, "userErrors": [{"field": ["doctorId"], "code": "INVALID_STATE"}]}
    assert (await DoctorDocument.get(doctor_id), await kinds(clinic)) == (before, events)


async def test_of_two_reviewers_at_once_exactly_one_decides(clinic: Clinic) -> None:
    doctor_id = (await clinic.register())["doctor"]["id"]

    answers = await asyncio.gather(
        *(clinic.review(decision, doctor_id) for decision in ("approveDoctor", "rejectDoctor") * 4)
    )

    doctor = await DoctorDocument.get(doctor_id)
    assert sum(not answer["userErrors"] for answer in answers) == 1
    assert [error["code"] for answer in answers for error in answer["userErrors"]] == ["INVALID_STATE"] * 7
    assert doctor is not None
    assert len(doctor.reviews) == 1
    assert len(await kinds(clinic)) == 3


@pytest.mark.parametrize("decision", ["rejectDoctor", "suspendDoctor"])
async def test_a_decision_against_a_doctor_needs_a_comment(clinic: Clinic, decision: str) -> None:
    doctor_id = (await clinic.register())["doctor"]["id"]

    payload = await clinic.review(decision, doctor_id, "  ")

    assert payload["userErrors"] == [{"field": ["comments"], "code": "INVALID_INPUT"}]
    assert await kinds(clinic) == ["doctor.registered"]


async def test_a_doctor_who_does_not_exist_is_not_found(clinic: Clinic) -> None:
    payload = await clinic.review("approveDoctor", "doc_nobody")

    assert payload == {"doctor": None, "userErrors": [{"field": ["doctorId"], "code": "NOT_FOUND"}]}


@pytest.mark.parametrize(
    ("caller", "code"),
    [
        (ANONYMOUS, "UNAUTHENTICATED"),
        (PATIENT, "FORBIDDEN"),
        (DOCTOR, "FORBIDDEN"),
        (SUPPORT, "FORBIDDEN"),
        (service("doctors:read"), "FORBIDDEN"),
    ],
)
@pytest.mark.parametrize("decision", ["approveDoctor", "rejectDoctor", "suspendDoctor", "reinstateDoctor"])
async def test_only_reviewers_decide(clinic: Clinic, caller: Any, code: str, decision: str) -> None:
    doctor_id = (await clinic.register())["doctor"]["id"]

    answer = await clinic.world.ask(
        REVIEW % decision, {"input": {"doctorId": doctor_id, "comments": "mine"}}, as_=caller
    )

    assert (code_of(answer), answer["data"]) == (code, {decision: None})
    assert await kinds(clinic) == ["doctor.registered"]


@pytest.mark.parametrize(
    ("caller", "sees"),
    [(ANONYMOUS, False), (PATIENT, False), (DOCTOR, False), (SUPPORT, False), (ADMIN, True), (service(), True)],
)
async def test_a_pending_doctor_is_found_by_reviewers_services_and_themselves_only(
    clinic: Clinic, caller: Any, sees: bool
) -> None:
    doctor_id = (await clinic.register())["doctor"]["id"]

    answer = await clinic.world.ask(FIND, {"id": doctor_id}, as_=caller)
    own = await clinic.world.ask(FIND, {"id": doctor_id}, as_=as_doctor(doctor_id))

    assert "errors" not in answer
    assert (answer["data"]["doctor"] is not None) is sees
    assert own["data"]["doctor"] == {"id": doctor_id, "status": "PENDING"}


class AccountSuspended(EventData):
    type = "account.suspended"
    profile_id: str
    version: int


class AccountReinstated(AccountSuspended):
    type = "account.reinstated"


async def test_a_doctor_leaves_the_directory_and_returns_with_their_account(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor()

    await clinic.world.deliver("security", "acc_1", AccountSuspended(profile_id=doctor_id, version=3))
    assert await listed(clinic) == []
    await clinic.world.deliver("security", "acc_1", AccountReinstated(profile_id=doctor_id, version=4))
    await clinic.world.deliver("security", "acc_1", AccountSuspended(profile_id=doctor_id, version=3))

    assert await listed(clinic) == [doctor_id]
    assert [kind for kind in await kinds(clinic) if kind != "audit.recorded"] == [
        "doctor.registered",
        "doctor.approved",
        "doctor.suspended",
        "doctor.reinstated",
    ]


async def test_an_account_does_not_reinstate_whom_a_reviewer_suspended(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor()
    await clinic.review("suspendDoctor", doctor_id, "Complaints.")

    await clinic.world.deliver("security", "acc_1", AccountSuspended(profile_id=doctor_id, version=3))
    await clinic.world.deliver("security", "acc_1", AccountReinstated(profile_id=doctor_id, version=4))

    assert await listed(clinic) == []
    assert (await clinic.review("reinstateDoctor", doctor_id))["userErrors"] == []


async def test_the_standing_of_an_account_without_a_doctor_changes_nothing(clinic: Clinic) -> None:
    await clinic.world.deliver("security", "acc_1", AccountSuspended(profile_id="usr_patient", version=3))
    await clinic.world.deliver("security", "acc_1", AccountSuspended(profile_id="", version=3))

    assert await kinds(clinic) == []
