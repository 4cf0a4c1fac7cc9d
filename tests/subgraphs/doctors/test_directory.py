"""The directory: what it lists, in which order."""

from typing import Any

import pytest

from shared.auth import ANONYMOUS, Caller
from subgraphs.doctors.documents import DoctorDocument
from tests.subgraphs.callers import ADMIN, DOCTOR, PATIENT, SUPPORT
from tests.subgraphs.doctors.conftest import ADDRESS, MEERA, Clinic, as_doctor
from tests.subgraphs.harness import code_of

LIST = """
query($filter: DoctorFilter, $sort: DoctorSort, $first: Int, $after: String, $last: Int, $before: String) {
  doctors(filter: $filter, sort: $sort, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { firstName } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount
  }
}
"""
PUNE = {"line1": "1 FC Road", "city": "Pune", "region": "Maharashtra", "postalCode": "411004", "countryCode": "IN"}


async def names(clinic: Clinic, as_: Caller = ANONYMOUS, **variables: Any) -> list[str]:
    answer = await clinic.world.ask(LIST, variables, as_=as_)
    assert "errors" not in answer, answer
    found = answer["data"]["doctors"]
    assert found["totalCount"] == len(found["edges"])
    return [edge["node"]["firstName"] for edge in found["edges"]]


async def three(clinic: Clinic) -> None:
    """Asha: cheap, 4.5 stars; Bela: dear, 4.0 stars in Pune; Chitra: unrated, pays in dollars, nowhere on the map."""
    asha = await clinic.doctor(
        firstName="Asha", consultationFee={"amount": "99.50", "currency": "INR"}, yearsOfExperience=3
    )
    bela = await clinic.doctor(
        firstName="Bela",
        speciality="DENTIST",
        consultationFee={"amount": "1500", "currency": "INR"},
        languages=["marathi"],
        qualifications=["BDS"],
        bio="Münchner Zahnärztin",
        yearsOfExperience=30,
        address={**PUNE, "location": {"latitude": 18.5204, "longitude": 73.8567}},
    )
    await clinic.doctor(
        firstName="Chitra",
        speciality="ENT",
        consultationFee={"amount": "5", "currency": "USD"},
        yearsOfExperience=12,
        address={**PUNE, "city": "  NEW  DELHI "},
    )
    await clinic.rate(asha, count=2, total=9, version=2)
    await clinic.rate(bela, count=1, total=4, version=1)


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({}, ["Asha", "Bela", "Chitra"]),
        ({"status": "ACTIVE"}, ["Asha", "Bela", "Chitra"]),
        ({"speciality": "DENTIST"}, ["Bela"]),
        ({"city": " pune "}, ["Bela"]),
        ({"city": "new delhi"}, ["Chitra"]),
        ({"city": "Pun"}, []),
        ({"language": "Marathi"}, ["Bela"]),
        ({"language": "HINDI"}, ["Asha", "Chitra"]),
        ({"text": "bel"}, ["Bela"]),
        ({"text": "iyer cardio"}, ["Asha"]),
        ({"text": "munchner zahn"}, ["Bela"]),
        ({"text": "iyer urologist"}, []),
        ({"text": "ela"}, []),
        ({"text": ".*"}, []),
        ({"text": "  "}, ["Asha", "Bela", "Chitra"]),
        ({"minRating": 4.5}, ["Asha"]),
        ({"minRating": 4}, ["Asha", "Bela"]),
        ({"maxFee": {"amount": "99.50", "currency": "INR"}}, ["Asha"]),
        ({"maxFee": {"amount": "99.49", "currency": "INR"}}, []),
        ({"maxFee": {"amount": "5", "currency": "usd"}}, ["Chitra"]),
        ({"near": {"latitude": 12.97, "longitude": 77.59}, "withinKm": 5}, ["Asha"]),
        ({"near": {"latitude": 12.97, "longitude": 77.59}, "withinKm": 900}, ["Asha", "Bela"]),
        ({"near": {"latitude": 18.5, "longitude": 73.8}}, ["Bela"]),
        ({"speciality": "DENTIST", "city": "Bengaluru"}, []),
        ({"text": "iyer", "near": {"latitude": 18.5, "longitude": 73.8}, "minRating": 1}, ["Bela"]),
    ],
)
async def test_every_filter_that_is_given_must_hold(clinic: Clinic, filter: dict[str, Any], found: list[str]) -> None:
    await three(clinic)

    assert await names(clinic, filter=filter) == found


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        (None, ["Asha", "Bela", "Chitra"]),
        ("RATING_DESC", ["Asha", "Bela", "Chitra"]),
        ("FEE_ASC", ["Chitra", "Asha", "Bela"]),
        ("FEE_DESC", ["Bela", "Asha", "Chitra"]),
        ("EXPERIENCE_DESC", ["Bela", "Chitra", "Asha"]),
    ],
)
async def test_every_order_sorts_by_what_it_is_named_after(clinic: Clinic, sort: str | None, found: list[str]) -> None:
    await three(clinic)

    assert await names(clinic, sort=sort) == found


async def test_of_equally_rated_doctors_the_more_often_rated_comes_first(clinic: Clinic) -> None:
    few, many = await clinic.doctor(firstName="Few"), await clinic.doctor(firstName="Many")
    await clinic.rate(few, count=1, total=4, version=1)
    await clinic.rate(many, count=3, total=12, version=3)

    assert await names(clinic) == ["Many", "Few"]


@pytest.mark.parametrize(
    ("filter", "field"),
    [
        ({"minRating": 5.1}, ["filter", "minRating"]),
        ({"minRating": -1}, ["filter", "minRating"]),
        ({"maxFee": {"amount": "1", "currency": "XYZZY"}}, ["filter", "maxFee", "currency"]),
        ({"maxFee": {"amount": "-1", "currency": "INR"}}, ["filter", "maxFee", "amount"]),
        ({"withinKm": 5}, ["filter", "withinKm"]),
        ({"near": {"latitude": 0, "longitude": 0}, "withinKm": 0}, ["filter", "withinKm"]),
        ({"near": {"latitude": 90.1, "longitude": 0}}, ["filter", "near"]),
        ({"near": {"latitude": 0, "longitude": 181}}, ["filter", "near"]),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused_by_name(
    clinic: Clinic, filter: dict[str, Any], field: list[str]
) -> None:
    answer = await clinic.world.ask(LIST, {"filter": filter})

    assert code_of(answer) == "BAD_USER_INPUT"
    assert answer["errors"][0]["extensions"]["field"] == field


@pytest.mark.parametrize("status", ["PENDING", "REJECTED", "SUSPENDED"])
@pytest.mark.parametrize(
    ("caller", "code"),
    [
        (ANONYMOUS, "UNAUTHENTICATED"),
        (PATIENT, "FORBIDDEN"),
        (DOCTOR, "FORBIDDEN"),
        (SUPPORT, "FORBIDDEN"),
        (ADMIN, None),
    ],
)
async def test_only_reviewers_list_doctors_who_are_not_active(
    clinic: Clinic, status: str, caller: Caller, code: str | None
) -> None:
    answer = await clinic.world.ask(LIST, {"filter": {"status": status}}, as_=caller)

    assert code_of(answer) == code
    assert (answer["data"]["doctors"] is None) is (code is not None)


async def test_reviewers_list_who_waits_but_never_a_registration_under_way(clinic: Clinic) -> None:
    await clinic.register(firstName="Asha")
    clinic.world.peers.down.add("security")
    details = {**MEERA, "firstName": "Bela", "email": "bela@example.com"}
    register = "mutation($input: RegisterDoctorInput!) { registerDoctor(input: $input) { doctor { id } } }"
    await clinic.world.ask(register, {"input": details})

    assert await DoctorDocument.find({}).count() == 2
    assert await names(clinic, ADMIN, filter={"status": "PENDING"}) == ["Asha"]


async def test_what_a_doctor_changes_is_found_and_what_was_is_not(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor(firstName="Asha")
    update = "mutation($input: UpdateDoctorInput!) { updateDoctor(input: $input) { doctor { id } } }"
    changes = {
        "bio": "Tansen",
        "languages": ["Tamil"],
        "consultationFee": {"amount": "10", "currency": "INR"},
        "address": {**ADDRESS, "city": "Mysuru", "location": {"latitude": 0, "longitude": 0}},
    }

    await clinic.world.ask(update, {"input": changes}, as_=as_doctor(doctor_id))

    assert await names(clinic, filter={"text": "tansen mysuru tamil", "language": "tamil", "city": "mysuru"}) == [
        "Asha"
    ]
    assert await names(clinic, filter={"maxFee": {"amount": "10", "currency": "INR"}}) == ["Asha"]
    assert await names(clinic, filter={"near": {"latitude": 0, "longitude": 0}, "withinKm": 1}) == ["Asha"]
    assert await names(clinic, filter={"text": "hearts"}) == []
    assert await names(clinic, filter={"city": "Bengaluru"}) == []


async def test_every_speciality_is_told(clinic: Clinic) -> None:
    answer = await clinic.world.ask("{ specialities }")

    assert len(answer["data"]["specialities"]) == 15
    assert answer["data"]["specialities"][:2] == ["GENERAL_PHYSICIAN", "CARDIOLOGIST"]


async def test_a_page_costs_two_queries_however_many_doctors_and_a_third_counts_them(clinic: Clinic) -> None:
    for _ in range(7):
        await clinic.doctor()
    database = DoctorDocument.get_pymongo_collection().database

    async def queries(query: str) -> int:
        await database.command("profile", 2)
        await clinic.world.ask(query)
        await database.command("profile", 0)
        seen = await database["system.profile"].count_documents({"ns": {"$not": {"$regex": "system.profile$"}}})
        await database["system.profile"].drop()
        return seen

    assert await queries("{ doctors(first: 1) { edges { node { id firstName } } } }") == 2
    assert await queries("{ doctors(first: 7) { edges { node { id firstName } } } }") == 2
    assert await queries("{ doctors(first: 7) { edges { node { id } } totalCount } }") == 3
    entities = " ".join(f'{{__typename: "Doctor", id: "doc_{number}"}}' for number in range(50))
    assert await queries(f"{{ _entities(representations: [{entities}]) {{ __typename }} }}") == 1
