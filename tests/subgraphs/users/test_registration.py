"""Joining as a patient."""

from datetime import timedelta
from typing import Any

import pytest

from shared.auth import Caller
from shared.events.declared import EventData
from subgraphs.users.documents import UserDocument
from tests.subgraphs.harness import World, code_of
from tests.subgraphs.users.conftest import ASHA, REGISTER


class AccountCreated(EventData):
    type = "account.created"
    account_id: str
    profile_id: str
    role: str


async def kept() -> int:
    return await UserDocument.find({}).count()


async def register(world: World, **changes: Any) -> dict[str, Any]:
    answer = await world.ask(REGISTER, {"input": {**ASHA, **changes}})
    assert "errors" not in answer, answer
    payload: dict[str, Any] = answer["data"]["registerUser"]
    return payload


async def test_a_new_patient_is_shown_with_what_was_sent_in_its_normal_form(world: World) -> None:
    payload = await register(world)

    assert payload["userErrors"] == []
    assert payload["user"]["id"].startswith("usr_")
    assert {key: value for key, value in payload["user"].items() if key != "id"} == {
        "firstName": "Asha",
        "lastName": "Rao",
        "email": "asha@example.com",
        "phone": "+919876543210",
        "dateOfBirth": "1990-02-28",
        "timeZone": "Asia/Kolkata",
        "locale": "en-IN",
        "createdAt": "2026-11-23T04:00:00Z",
        "documents": [],
    }


async def test_the_account_is_asked_for_with_the_profiles_id_as_its_key(world: World) -> None:
    payload = await register(world)

    (_, _, variables) = world.peers.asked[0]
    assert variables == {
        "input": {
            "email": "asha@example.com",
            "password": "correct horse battery staple",
            "role": "PATIENT",
            "profileId": payload["user"]["id"],
            "idempotencyKey": payload["user"]["id"],
        }
    }


async def test_registering_publishes_one_event_that_carries_ids_only(world: World) -> None:
    payload = await register(world)

    (published,) = await world.published()
    user_id = payload["user"]["id"]
    assert (published.type, published.subject) == ("user.registered", user_id)
    assert published.data == {"user_id": user_id, "account_id": user_id.replace("usr_", "acc_"), "version": 1}


async def test_an_address_is_taken_whatever_its_case_and_nothing_is_left_behind(world: World) -> None:
    await register(world)

    payload = await register(world, email="ASHA@example.com", firstName="Somebody")

    assert payload == {
        "user": None,
        "userErrors": [{"field": ["email"], "code": "EMAIL_TAKEN", "message": "This address has an account."}],
    }
    assert await kept() == 1
    assert [event.type for event in await world.published()] == ["user.registered"]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"firstName": "  "}, ["firstName"], "INVALID_INPUT"),
        ({"firstName": "A" * 101}, ["firstName"], "INVALID_INPUT"),
        ({"lastName": "12"}, ["lastName"], "INVALID_INPUT"),
        ({"lastName": "Rao\u202e"}, ["lastName"], "INVALID_INPUT"),
        ({"phone": "call me"}, ["phone"], "INVALID_INPUT"),
        ({"phone": "+91"}, ["phone"], "INVALID_INPUT"),
        ({"phone": "+1234567890123456"}, ["phone"], "INVALID_INPUT"),
        ({"timeZone": "Mars/Olympus"}, ["timeZone"], "INVALID_INPUT"),
        ({"timeZone": "../etc/passwd"}, ["timeZone"], "INVALID_INPUT"),
        ({"locale": "english"}, ["locale"], "INVALID_INPUT"),
        ({"locale": "xx"}, ["locale"], "INVALID_INPUT"),
        ({"dateOfBirth": "2026-11-24"}, ["dateOfBirth"], "INVALID_INPUT"),
        ({"dateOfBirth": "1899-12-31"}, ["dateOfBirth"], "INVALID_INPUT"),
        ({"email": "nobody"}, ["email"], "INVALID_INPUT"),
        ({"email": "a" * 250 + "@x.org"}, ["email"], "INVALID_INPUT"),
        ({"password": "short"}, ["password"], "WEAK_PASSWORD"),
    ],
)
async def test_a_refused_value_names_its_field_and_leaves_nothing(
    world: World, changes: dict[str, Any], field: list[str], code: str
) -> None:
    payload = await register(world, **changes)

    assert payload["user"] is None
    assert [(error["field"], error["code"]) for error in payload["userErrors"]] == [(field, code)]
    assert await kept() == 0
    assert await world.published() == []


async def test_names_of_any_script_and_a_locale_with_script_and_region_are_taken(world: World) -> None:
    payload = await register(world, firstName="आशा", lastName="O'Brien-Łódź", locale="zh_hant_tw")

    assert payload["userErrors"] == []
    assert (payload["user"]["firstName"], payload["user"]["lastName"]) == ("आशा", "O'Brien-Łódź")
    assert payload["user"]["locale"] == "zh-Hant-TW"


async def test_what_may_be_left_out_may_be_left_out(world: World) -> None:
    payload = await register(world, phone=None, dateOfBirth=None, locale=None)

    assert payload["userErrors"] == []
    assert (payload["user"]["phone"], payload["user"]["dateOfBirth"], payload["user"]["locale"]) == (None, None, "en")


async def test_with_security_down_the_profile_waits_unseen_until_the_accounts_event_completes_it(world: World) -> None:
    world.peers.down.add("security")
    answer = await world.ask(REGISTER, {"input": ASHA})
    (waiting,) = await UserDocument.find({}).to_list()
    myself = Caller(account_id="acc_1", user_id=waiting.id)
    unseen = await world.ask("query($id: ID!) { user(id: $id) { id } }", {"id": waiting.id}, as_=myself)

    created = AccountCreated(account_id="acc_1", profile_id=waiting.id, role="PATIENT")
    delivered = await world.deliver("security", "acc_1", created)
    await world.redeliver(delivered)
    await world.deliver("security", "acc_1", created)

    seen = await world.ask("query($id: ID!) { user(id: $id) { id } }", {"id": waiting.id}, as_=myself)
    assert code_of(answer) == "SUBGRAPH_UNAVAILABLE"
    assert unseen["data"]["user"] is None
    assert seen["data"]["user"] == {"id": waiting.id}
    assert [event.type for event in await world.published()] == ["user.registered"]


async def test_a_doctors_account_completes_no_patient(world: World) -> None:
    await world.deliver("security", "acc_1", AccountCreated(account_id="acc_1", profile_id="doc_1", role="DOCTOR"))

    assert await world.published() == []


async def test_a_profile_without_an_account_is_deleted_after_a_day_and_others_stay(world: World) -> None:
    await register(world)
    world.peers.down.add("security")
    await world.ask(REGISTER, {"input": {**ASHA, "email": "lost@example.com"}})

    world.clock.advance(timedelta(hours=23))
    await world.run_job("users.orphans")
    assert await kept() == 2

    world.clock.advance(timedelta(hours=2))
    await world.run_job("users.orphans")
    (left,) = await UserDocument.find({}).to_list()
    assert left.email == "asha@example.com"
