"""Rating: once for each completed appointment, by its patient; the doctor's aggregate is one write with it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.auth import ANONYMOUS, Caller
from shared.events.declared import EventData
from subgraphs.ratings.documents import RatingDocument
from tests.subgraphs.callers import ADMIN, DOCTOR, EXPIRED, OTHER_PATIENT, PATIENT, SUPPORT, service
from tests.subgraphs.harness import World, code_of

RATE = """mutation($input: RateAppointmentInput!) { rateAppointment(input: $input) {
  rating { id stars comment author status } userErrors { code field } } }"""
MODERATE = """mutation($input: ModerateRatingInput!) { moderateRating(input: $input) {
  rating { status } userErrors { code field } } }"""
ENTITIES = """query($representations: [_Any!]!) { _entities(representations: $representations) {
  ... on Doctor { ratings(first: 2) { totalCount edges { node { stars } } pageInfo { hasNextPage endCursor } } }
  ... on Appointment { rating { stars } } } }"""
SUMMARY = """query($representations: [_Any!]!) { _entities(representations: $representations) {
  ... on Doctor { ratingSummary { count totalStars version } } } }"""


@pytest.fixture
async def world(mongo_url: str, tmp_path: Path) -> AsyncIterator[World]:
    world = await World.open("ratings", mongo_url=mongo_url, folder=tmp_path)
    for number in range(1, 4):
        completed(world, f"apt_{number}")
    world.peers.knows("User", "usr_patient", firstName="Asha", lastName="Rao")
    yield world
    await world.close()


def completed(world: World, appointment_id: str, status: str = "COMPLETED") -> None:
    world.peers.knows("Appointment", appointment_id, status=status, doctorId="doc_doctor", userId="usr_patient")


async def rate(world: World, *, as_: Caller = PATIENT, appointment: str = "apt_1", **rest: Any) -> dict[str, Any]:
    asked = {"appointmentId": appointment, "stars": 5, **rest}
    return await world.ask(RATE, {"input": asked}, as_=as_)


async def summary(world: World) -> dict[str, Any]:
    doctor = {"representations": [{"__typename": "Doctor", "id": "doc_doctor"}]}
    answer = await world.ask(SUMMARY, doctor, as_=service("ratings:read"))
    found: dict[str, Any] = answer["data"]["_entities"][0]["ratingSummary"]
    return found


async def test_a_completed_appointment_is_rated_with_first_name_and_initial(world: World) -> None:
    answer = await rate(world, comment="  Listened well. ")

    rating = answer["data"]["rateAppointment"]["rating"]
    assert rating["stars"] == 5
    assert rating["comment"] == "Listened well."
    assert rating["author"] == "Asha R."
    assert rating["status"] == "PUBLISHED"
    assert await summary(world) == {"count": 1, "totalStars": 5, "version": 1}
    (announced,) = await world.published()
    assert announced.type == "rating.published"
    assert announced.subject == "doc_doctor"
    assert set(announced.data) == {"rating_id", "appointment_id", "doctor_id", "user_id", "version"}


async def test_twenty_ratings_of_one_appointment_at_once_leave_one(world: World) -> None:
    answers = await asyncio.gather(*(rate(world) for _ in range(20)))

    codes = [error["code"] for answer in answers for error in answer["data"]["rateAppointment"]["userErrors"]]
    assert codes == ["ALREADY_RATED"] * 19
    assert await summary(world) == {"count": 1, "totalStars": 5, "version": 1}
    assert len(await world.published()) == 1


@pytest.mark.parametrize(
    ("input_", "code", "field"),
    [
        ({"stars": 0}, "INVALID_INPUT", ["stars"]),
        ({"stars": 6}, "INVALID_INPUT", ["stars"]),
        ({"comment": "x" * 2001}, "INVALID_INPUT", ["comment"]),
        ({"comment": "a\0b"}, "INVALID_INPUT", ["comment"]),
        ({"appointment": "apt_missing"}, "NOT_FOUND", ["appointmentId"]),
        ({"appointment": "apt_pending"}, "NOT_COMPLETED", ["appointmentId"]),
        ({"as_": OTHER_PATIENT}, "NOT_FOUND", ["appointmentId"]),
    ],
)
async def test_a_refused_rating_names_its_field_and_leaves_nothing(
    world: World, input_: dict[str, Any], code: str, field: list[str]
) -> None:
    completed(world, "apt_pending", status="CONFIRMED")

    answer = await rate(world, **input_)

    assert answer["data"]["rateAppointment"] == {"rating": None, "userErrors": [{"code": code, "field": field}]}
    assert await summary(world) == {"count": 0, "totalStars": 0, "version": 0}
    assert await world.published() == []


async def test_hiding_takes_the_rating_out_of_the_aggregate_and_showing_puts_it_back(world: World) -> None:
    rated = (await rate(world, stars=2))["data"]["rateAppointment"]["rating"]["id"]
    await rate(world, appointment="apt_2", stars=4)
    hide = {"input": {"ratingId": rated, "status": "HIDDEN", "reason": "abusive"}}

    await asyncio.gather(*(world.ask(MODERATE, hide, as_=ADMIN) for _ in range(5)))

    assert await summary(world) == {"count": 1, "totalStars": 4, "version": 3}
    show = {"input": {"ratingId": rated, "status": "PUBLISHED", "reason": "appealed"}}
    await world.ask(MODERATE, show, as_=ADMIN)
    assert await summary(world) == {"count": 2, "totalStars": 6, "version": 4}


async def test_a_hidden_rating_is_shown_to_its_patient_and_moderators_only(world: World) -> None:
    rated = (await rate(world))["data"]["rateAppointment"]["rating"]["id"]
    await world.ask(MODERATE, {"input": {"ratingId": rated, "status": "HIDDEN", "reason": "x"}}, as_=ADMIN)
    asked = {"representations": [{"__typename": "Appointment", "id": "apt_1"}]}

    shown = {
        caller.account_id: (await world.ask(ENTITIES, asked, as_=caller))["data"]["_entities"][0]["rating"]
        for caller in (PATIENT, ADMIN, DOCTOR, OTHER_PATIENT, ANONYMOUS)
    }

    assert shown == {
        "acc_patient": {"stars": 5},
        "acc_admin": {"stars": 5},
        "acc_doctor": None,
        "acc_other_patient": None,
        None: None,
    }


async def test_a_doctors_ratings_page_newest_first_without_skipping(world: World) -> None:
    for stars, appointment in ((1, "apt_1"), (2, "apt_2"), (3, "apt_3")):
        await rate(world, appointment=appointment, stars=stars)
    asked = {"representations": [{"__typename": "Doctor", "id": "doc_doctor"}]}

    first = (await world.ask(ENTITIES, asked))["data"]["_entities"][0]["ratings"]

    assert first["totalCount"] == 3
    assert [edge["node"]["stars"] for edge in first["edges"]] == [3, 2]
    after = ENTITIES.replace("first: 2", f'first: 2, after: "{first["pageInfo"]["endCursor"]}"')
    second = (await world.ask(after, asked))["data"]["_entities"][0]["ratings"]
    assert [edge["node"]["stars"] for edge in second["edges"]] == [1]
    assert second["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize(
    ("caller", "rate_code", "moderate_code", "summary_code"),
    [
        (ANONYMOUS, "UNAUTHENTICATED", "UNAUTHENTICATED", "UNAUTHENTICATED"),
        (EXPIRED, "UNAUTHENTICATED", "UNAUTHENTICATED", "UNAUTHENTICATED"),
        (PATIENT, None, "FORBIDDEN", "FORBIDDEN"),
        (DOCTOR, "FORBIDDEN", "FORBIDDEN", "FORBIDDEN"),
        (SUPPORT, "FORBIDDEN", "FORBIDDEN", "FORBIDDEN"),
        (ADMIN, "FORBIDDEN", None, "FORBIDDEN"),
        (service("ratings:read"), "FORBIDDEN", "FORBIDDEN", None),
        (service("users:read"), "FORBIDDEN", "FORBIDDEN", "FORBIDDEN"),
    ],
    ids=["anonymous", "expired", "patient", "doctor", "support", "admin", "reading service", "other service"],
)
async def test_who_may_do_what(
    world: World, caller: Caller, rate_code: str | None, moderate_code: str | None, summary_code: str | None
) -> None:
    moderated = {"input": {"ratingId": "rat_none", "status": "HIDDEN", "reason": "x"}}
    doctor = {"representations": [{"__typename": "Doctor", "id": "doc_doctor"}]}

    assert code_of(await rate(world, as_=caller)) == rate_code
    assert code_of(await world.ask(MODERATE, moderated, as_=caller)) == moderate_code
    assert code_of(await world.ask(SUMMARY, doctor, as_=caller)) == summary_code


class AccountErased(EventData):
    type = "account.erased"
    profile_id: str


async def test_the_ratings_of_a_patient_who_left_are_nobodys_and_count_as_before(world: World) -> None:
    await rate(world, comment="My name is Asha.", stars=4)
    before = await summary(world)

    for gone in ("usr_other_patient", "", "usr_patient"):
        await world.deliver("security", "acc_1", AccountErased(profile_id=gone))

    row = await RatingDocument.find_one({"appointment_id": "apt_1"})
    assert row is not None
    assert (row.author, row.comment, row.stars) == ("A patient", None, 4)
    assert await summary(world) == before
