"""Pages of the directory while everything moves: nobody is skipped, nobody comes twice."""

from random import Random
from typing import Any

import pytest

from shared.pagination import encode_cursor
from subgraphs.doctors.documents import CounterDocument, DoctorDocument
from subgraphs.doctors.repository.standing import COUNTER, EDITIONS_KEPT
from tests.subgraphs.doctors.conftest import Clinic, as_doctor
from tests.subgraphs.harness import code_of

PAGE = """
query($sort: DoctorSort, $first: Int, $after: String, $last: Int, $before: String) {
  doctors(sort: $sort, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount
  }
}
"""
UPDATE = "mutation($input: UpdateDoctorInput!) { updateDoctor(input: $input) { userErrors { field } } }"


async def page(clinic: Clinic, **variables: Any) -> dict[str, Any]:
    answer = await clinic.world.ask(PAGE, variables)
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]["doctors"]
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [edge["node"]["id"] for edge in found["edges"]]


async def move(clinic: Clinic, doctor_ids: list[str], random: Random, version: int) -> None:
    """Change a rating and a fee."""
    count = random.randint(1, 4)
    total = random.randint(count, 5 * count)
    await clinic.rate(random.choice(doctor_ids), count=count, total=total, version=version)
    fee = {"amount": str(random.randint(1, 9)), "currency": "INR"}
    await clinic.world.ask(UPDATE, {"input": {"consultationFee": fee}}, as_=as_doctor(random.choice(doctor_ids)))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("sort", ["RATING_DESC", "FEE_ASC", "FEE_DESC"])
async def test_while_places_change_every_doctor_is_seen_exactly_once(clinic: Clinic, sort: str, seed: int) -> None:
    random = Random(seed)
    doctor_ids = [await clinic.doctor() for _ in range(9)]
    for version in range(1, 6):
        await move(clinic, doctor_ids, random, version)
    stood = ids(await page(clinic, sort=sort, first=100))

    seen, cursor, version = [], None, 10
    while True:
        found = await page(clinic, sort=sort, first=2, after=cursor)
        seen += ids(found)
        if not found["pageInfo"]["hasNextPage"]:
            break
        cursor = found["pageInfo"]["endCursor"]
        for _ in range(3):
            version += 1
            await move(clinic, doctor_ids, random, version)

    assert seen == stood
    assert sorted(seen) == sorted(doctor_ids)


async def test_turning_back_shows_the_same_pages_although_places_have_changed(clinic: Clinic) -> None:
    doctor_ids = [await clinic.doctor() for _ in range(6)]
    for version, doctor_id in enumerate(doctor_ids, 1):
        await clinic.rate(doctor_id, count=1, total=1 + version % 5, version=version)
    first = await page(clinic, first=3)
    await clinic.rate(ids(first)[0], count=2, total=2, version=20)
    second = await page(clinic, first=3, after=first["pageInfo"]["endCursor"])
    await clinic.rate(ids(second)[2], count=2, total=10, version=21)

    back = await page(clinic, last=3, before=second["pageInfo"]["startCursor"])

    assert ids(back) == ids(first)
    assert (back["pageInfo"]["hasNextPage"], back["pageInfo"]["hasPreviousPage"]) == (True, False)


async def test_a_new_first_page_shows_the_places_of_now(clinic: Clinic) -> None:
    one, other = await clinic.doctor(), await clinic.doctor()
    await clinic.rate(one, count=1, total=5, version=1)
    assert ids(await page(clinic)) == [one, other]

    await clinic.rate(one, count=2, total=6, version=2)
    await clinic.rate(other, count=1, total=4, version=1)

    assert ids(await page(clinic)) == [other, one]


async def test_who_is_suspended_meanwhile_is_not_shown_any_more(clinic: Clinic) -> None:
    doctor_ids = [await clinic.doctor() for _ in range(3)]
    first = await page(clinic, first=1)
    gone = next(doctor_id for doctor_id in doctor_ids if doctor_id not in ids(first))
    await clinic.review("suspendDoctor", gone)

    rest = await page(clinic, after=first["pageInfo"]["endCursor"])

    assert sorted(ids(first) + ids(rest)) == sorted(set(doctor_ids) - {gone})


async def test_twenty_make_a_page_and_the_total_counts_all(clinic: Clinic) -> None:
    some_id = await clinic.doctor()
    some = await DoctorDocument.get(some_id)
    assert some is not None
    row = some.model_dump(mode="python", exclude={"revision_id", "account_id"})
    copies = [
        DoctorDocument(
            **{**row, "id": f"{some_id}{number:02}"},
            account_id=f"acc_{number}",
        )
        for number in range(24)
    ]
    for copy in copies:
        copy.standing = {kind: {**place, "id": copy.id} for kind, place in some.standing.items()}
    await DoctorDocument.insert_many(copies)

    first = await page(clinic)
    second = await page(clinic, after=first["pageInfo"]["endCursor"])

    assert [len(ids(first)), len(ids(second))] == [20, 5]
    assert (first["totalCount"], second["totalCount"]) == (25, 25)
    assert (first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (True, False)
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (False, True)


async def test_a_cursor_of_long_ago_reads_on_in_the_present_order(clinic: Clinic) -> None:
    doctor_ids = [await clinic.doctor() for _ in range(3)]
    for version, doctor_id in enumerate(doctor_ids, 1):
        await clinic.rate(doctor_id, count=1, total=6 - version, version=version)
    first = await page(clinic, first=1)
    await CounterDocument.get_pymongo_collection().update_one({"_id": COUNTER}, {"$inc": {"value": EDITIONS_KEPT}})
    await clinic.rate(doctor_ids[1], count=1, total=1, version=9)

    rest = await page(clinic, first=2, after=first["pageInfo"]["endCursor"])

    assert (ids(first), ids(rest)) == ([doctor_ids[0]], [doctor_ids[2], doctor_ids[1]])


@pytest.mark.parametrize(
    "key",
    [
        ["FEE_ASC", 0, 1, "INR", "doc_1"],
        ["RATING_DESC", 0, 1, "doc_1"],
        ["RATING_DESC", 0, {"$gt": 1}, 0, "doc_1"],
        ["RATING_DESC", 0, 2**60, 0, "doc_1"],
        [],
    ],
)
async def test_a_cursor_of_another_list_is_refused(clinic: Clinic, key: list[Any]) -> None:
    cursor = encode_cursor(key)

    answer = await clinic.world.ask(PAGE, {"after": cursor})

    assert code_of(answer) == "BAD_USER_INPUT"
    assert answer["errors"][0]["extensions"]["field"] == ["after"]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"first": 101}, "first"),
        ({"first": 0}, "first"),
        ({"last": -1}, "last"),
        ({"first": 1, "last": 1}, "last"),
        ({"after": "nonsense"}, "after"),
    ],
)
async def test_a_page_that_cannot_be_is_refused(clinic: Clinic, arguments: dict[str, Any], field: str) -> None:
    answer = await clinic.world.ask(PAGE, arguments)

    assert code_of(answer) == "BAD_USER_INPUT"
    assert answer["errors"][0]["extensions"]["field"] == [field]
