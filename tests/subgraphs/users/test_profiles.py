"""Who sees a patient, changes of one's own profile, and the register."""

from typing import Any

import pytest

from shared.auth import ANONYMOUS, Caller
from shared.events.declared import EventData
from subgraphs.users.documents import UserDocument
from tests.subgraphs.callers import ADMIN, DOCTOR, EXPIRED, OTHER_DOCTOR, OTHER_PATIENT, SUPPORT, service
from tests.subgraphs.harness import World, code_of
from tests.subgraphs.users.conftest import ASHA, REGISTER

FIND = "query($id: ID!) { user(id: $id) { id firstName email phone } }"
ENTITY = 'query($id: ID!) { _entities(representations: [{__typename: "User", id: $id}]) { ... on User { %s } } }'
UPDATE = """
mutation($input: UpdateUserInput!) {
  updateUser(input: $input) {
    user { firstName lastName phone dateOfBirth timeZone locale }
    userErrors { field code }
  }
}
"""
LIST = """
query($filter: UserFilter, $first: Int, $after: String) {
  users(filter: $filter, first: $first, after: $after) {
    edges { cursor node { firstName } } pageInfo { hasNextPage endCursor } totalCount
  }
}
"""


class AppointmentBooked(EventData):
    type = "appointment.booked"
    appointment_id: str
    doctor_id: str
    user_id: str


async def register(world: World, **changes: Any) -> Caller:
    """Register a patient; answers them as a caller."""
    answer = await world.ask(REGISTER, {"input": {**ASHA, **changes}})
    user_id = answer["data"]["registerUser"]["user"]["id"]
    return Caller(account_id=user_id.replace("usr_", "acc_"), roles=frozenset({"PATIENT"}), user_id=user_id)


async def book(world: World, patient: Caller) -> None:
    assert DOCTOR.doctor_id is not None
    assert patient.user_id is not None
    data = AppointmentBooked(appointment_id="apt_1", doctor_id=DOCTOR.doctor_id, user_id=patient.user_id)
    await world.deliver("appointments", "apt_1", data)


async def audits(world: World) -> list[tuple[str, str, str | None]]:
    recorded = [event.data for event in await world.published() if event.type == "audit.recorded"]
    return [(data["action"], data["actor_id"], data["user_id"]) for data in recorded]


@pytest.mark.parametrize(
    ("caller", "code", "sees"),
    [
        (ANONYMOUS, "UNAUTHENTICATED", False),
        (EXPIRED, "UNAUTHENTICATED", False),
        (OTHER_PATIENT, None, False),
        (DOCTOR, None, True),
        (OTHER_DOCTOR, None, False),
        (SUPPORT, None, True),
        (ADMIN, None, True),
        (service("users:read"), None, True),
        (service("appointments:read"), None, False),
    ],
)
async def test_a_patient_is_seen_by_those_whom_it_concerns_and_is_missing_for_others(
    world: World, caller: Caller, code: str | None, sees: bool
) -> None:
    patient = await register(world)
    await book(world, patient)

    answer = await world.ask(FIND, {"id": patient.user_id}, as_=caller)
    missing = await world.ask(FIND, {"id": "usr_nobody"}, as_=caller)

    assert code_of(answer) == code
    if code is None:
        assert (answer["data"]["user"] is not None) is sees
        assert sees or answer == missing


async def test_a_look_at_somebody_elses_profile_is_audited_and_at_ones_own_is_not(world: World) -> None:
    patient = await register(world)

    for caller in (patient, SUPPORT, service("users:read"), OTHER_PATIENT):
        await world.ask(FIND, {"id": patient.user_id}, as_=caller)

    assert await audits(world) == [("user.read", "acc_support", patient.user_id)]


@pytest.mark.parametrize(
    ("caller", "shown"),
    [(ANONYMOUS, False), (OTHER_PATIENT, False), (OTHER_DOCTOR, False), (service("users:read"), True)],
)
async def test_a_reference_opens_no_more_than_a_look(world: World, caller: Caller, shown: bool) -> None:
    patient = await register(world)

    answer = await world.ask(ENTITY % "firstName", {"id": patient.user_id}, as_=caller)

    assert answer["data"]["_entities"] == [{"firstName": "Asha"} if shown else None]


@pytest.mark.parametrize(("caller", "code"), [(ADMIN, "FORBIDDEN"), (service("users:read"), None)])
async def test_the_account_of_a_patient_is_told_to_services_only(
    world: World, caller: Caller, code: str | None
) -> None:
    patient = await register(world)

    answer = await world.ask(ENTITY % "accountId", {"id": patient.user_id}, as_=caller)
    own = await world.ask(ENTITY % "accountId", {"id": patient.user_id}, as_=patient)

    assert code_of(answer) == code
    assert code_of(own) == "FORBIDDEN"


async def test_an_account_shows_its_patient_to_itself_and_to_support_only(world: World) -> None:
    patient = await register(world)
    query = (
        'query($id: ID!) { _entities(representations: [{__typename: "Account", id: $id}])'
        " { ... on Account { user { firstName } } } }"
    )

    shown = [
        (await world.ask(query, {"id": patient.account_id}, as_=caller))["data"]["_entities"][0]["user"]
        for caller in (patient, SUPPORT, OTHER_PATIENT, ANONYMOUS)
    ]

    assert shown == [{"firstName": "Asha"}, {"firstName": "Asha"}, None, None]


async def test_an_update_changes_what_is_sent_clears_what_may_be_left_out_and_tells_so(world: World) -> None:
    patient = await register(world)

    answer = await world.ask(
        UPDATE, {"input": {"lastName": "Menon", "phone": None, "timeZone": "Europe/Madrid"}}, as_=patient
    )

    assert answer["data"]["updateUser"] == {
        "user": {
            "firstName": "Asha",
            "lastName": "Menon",
            "phone": None,
            "dateOfBirth": "1990-02-28",
            "timeZone": "Europe/Madrid",
            "locale": "en-IN",
        },
        "userErrors": [],
    }
    updated, audited = (await world.published())[1:]
    assert (updated.type, updated.data["version"]) == ("user.updated", 2)
    assert (audited.data["action"], audited.data["user_id"]) == ("user.update", patient.user_id)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"firstName": " Asha "}, None),
        ({}, None),
        ({"firstName": None}, None),
        ({"firstName": ""}, ["firstName"]),
        ({"lastName": "Menon", "phone": "none"}, ["phone"]),
        ({"timeZone": "Nowhere"}, ["timeZone"]),
        ({"locale": "xx"}, ["locale"]),
        ({"dateOfBirth": "2030-01-01"}, ["dateOfBirth"]),
    ],
)
async def test_an_update_of_nothing_or_of_what_cannot_be_writes_and_tells_nothing(
    world: World, changes: dict[str, Any], error: list[str] | None
) -> None:
    patient = await register(world)
    before, events = await UserDocument.find_one({}), len(await world.published())

    answer = await world.ask(UPDATE, {"input": changes}, as_=patient)

    errors = answer["data"]["updateUser"]["userErrors"]
    assert errors == ([{"field": error, "code": "INVALID_INPUT"}] if error else [])
    assert await UserDocument.find_one({}) == before
    assert len(await world.published()) == events


@pytest.mark.parametrize(
    ("caller", "code"),
    [(ANONYMOUS, "UNAUTHENTICATED"), (EXPIRED, "UNAUTHENTICATED"), (DOCTOR, "FORBIDDEN"), (ADMIN, "FORBIDDEN")],
)
async def test_only_patients_update_a_profile_and_only_their_own(world: World, caller: Caller, code: str) -> None:
    answer = await world.ask(UPDATE, {"input": {"firstName": "Eve"}}, as_=caller)
    foreign = await world.ask(UPDATE, {"input": {"firstName": "Eve"}}, as_=OTHER_PATIENT)

    assert code_of(answer) == code
    assert foreign["data"]["updateUser"] == {"user": None, "userErrors": [{"field": None, "code": "NOT_FOUND"}]}
    assert await world.published() == []


@pytest.mark.parametrize(
    ("caller", "code"),
    [
        (ANONYMOUS, "UNAUTHENTICATED"),
        (OTHER_PATIENT, "FORBIDDEN"),
        (DOCTOR, "FORBIDDEN"),
        (SUPPORT, None),
        (ADMIN, None),
        (service("users:read"), None),
    ],
)
async def test_the_register_is_for_holders_of_its_permission(world: World, caller: Caller, code: str | None) -> None:
    answer = await world.ask(LIST, as_=caller)

    assert code_of(answer) == code
    assert (answer["data"]["users"] is None) is (code is not None)


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        (None, ["Chitra", "Bela", "Asha"]),
        ({"email": "BELA@example.com"}, ["Bela"]),
        ({"email": "bela"}, []),
        ({"text": "as ra"}, ["Asha"]),
        ({"text": "example"}, ["Chitra", "Bela", "Asha"]),
        ({"text": "+9198765"}, ["Chitra", "Bela", "Asha"]),
        ({"text": "nobody"}, []),
    ],
)
async def test_the_register_is_searched_by_address_and_by_words(
    world: World, filter: dict[str, str] | None, found: list[str]
) -> None:
    for first in ("Asha", "Bela", "Chitra"):
        await register(world, firstName=first, lastName="Rao", email=f"{first}@example.com")

    answer = await world.ask(LIST, {"filter": filter}, as_=SUPPORT)

    assert [edge["node"]["firstName"] for edge in answer["data"]["users"]["edges"]] == found
    assert answer["data"]["users"]["totalCount"] == len(found)


async def test_the_registers_pages_join_without_gap_or_repetition_and_are_audited(world: World) -> None:
    for number in range(5):
        await register(world, email=f"patient{number}@example.com", firstName=f"P{number}")

    seen: list[str] = []
    cursor, more = None, True
    while more:
        answer = (await world.ask(LIST, {"first": 2, "after": cursor}, as_=SUPPORT))["data"]["users"]
        seen += [edge["node"]["firstName"] for edge in answer["edges"]]
        cursor, more = answer["pageInfo"]["endCursor"], answer["pageInfo"]["hasNextPage"]

    assert seen == ["P4", "P3", "P2", "P1", "P0"]
    assert await audits(world) == [("users.list", "acc_support", None)] * 3
