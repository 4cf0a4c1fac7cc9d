"""Making accounts, for a profile's subgraph and for the operator."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from shared.auth import ANONYMOUS
from shared.ids import new_id
from shared.settings import WrongSetting
from subgraphs.security.app import open_subgraph
from subgraphs.security.errors import EmailTaken
from subgraphs.security.service import SecurityService
from tests.subgraphs.callers import ADMIN, DOCTOR, EXPIRED, PATIENT, SUPPORT, service
from tests.subgraphs.harness import World, code_of
from tests.subgraphs.security.steps import (
    ADMIN_EMAIL,
    CREATE,
    EMAIL,
    ME,
    PASSWORD,
    SignedIn,
    announced,
    create,
    kept,
    sign_in,
)


async def test_an_account_is_made_with_its_profiles_role_and_announced(world: World) -> None:
    made = await create(world, profileId="usr_01")

    (row,) = await kept(world, "accounts", {"profile_id": "usr_01"})
    assert made == {"accountId": row["_id"], "refusal": None, "message": None}
    assert row["roles"] == ["PATIENT"]
    assert row["email_verified"] is False
    assert row["password_hash"].startswith("$argon2id$")
    (event,) = await world.published()
    assert event.type == "account.created"
    assert event.subject == row["_id"]
    assert event.data == {"account_id": row["_id"], "profile_id": "usr_01", "role": "PATIENT", "version": 1}


async def test_the_same_key_answers_the_same_account_and_announces_it_once(world: World) -> None:
    first = await create(world, profileId="usr_01")
    second = await create(world, profileId="usr_01")

    assert second == first
    assert await announced(world) == ["account.created"]


async def test_the_same_key_at_once_makes_one_account(world: World) -> None:
    made = await asyncio.gather(*(create(world, profileId="usr_01") for _ in range(8)))

    assert {answer["accountId"] for answer in made} == {made[0]["accountId"]}
    assert await announced(world) == ["account.created"]


async def test_one_address_at_once_makes_one_account_whatever_its_case(world: World) -> None:
    spellings = ["asha@example.com", "Asha@Example.com", " ASHA@EXAMPLE.COM "] * 3

    made = await asyncio.gather(*(create(world, email) for email in spellings))

    assert sorted(str(answer["refusal"]) for answer in made) == ["EMAIL_TAKEN"] * 8 + ["None"]
    assert [row["email"] for row in await kept(world, "accounts", {"roles": "PATIENT"})] == ["asha@example.com"]
    assert await announced(world) == ["account.created"]


async def test_an_existing_account_keeps_its_password(world: World) -> None:
    await create(world)

    assert (await create(world, password="another good password"))["refusal"] == "EMAIL_TAKEN"

    await sign_in(world)


async def test_a_key_used_for_another_account_is_malformed_input(world: World) -> None:
    await create(world, profileId="usr_01")
    wanted = {
        "email": "other@example.com",
        "password": PASSWORD,
        "role": "PATIENT",
        "profileId": "usr_01",
        "idempotencyKey": "usr_01",
    }

    answer = await world.ask(CREATE, {"input": wanted}, as_=service("accounts:create"))

    assert code_of(answer) == "BAD_USER_INPUT"
    assert answer["errors"][0]["extensions"]["field"] == ["idempotencyKey"]


@pytest.mark.parametrize(
    ("email", "password", "refusal"),
    [
        ("no address", PASSWORD, "INVALID_EMAIL"),
        ("asha@localhost", PASSWORD, "INVALID_EMAIL"),
        (f"{'a' * 250}@example.com", PASSWORD, "INVALID_EMAIL"),
        ("úna@example.com", PASSWORD, "INVALID_EMAIL"),
        (EMAIL, "short one", "WEAK_PASSWORD"),
        (EMAIL, "x1y2z3" * 22, "WEAK_PASSWORD"),
        (EMAIL, "Password123", "WEAK_PASSWORD"),
        (EMAIL, "aaaaaaaaaaaa", "WEAK_PASSWORD"),
        (EMAIL, "Asha@Example.com", "WEAK_PASSWORD"),
    ],
)
async def test_a_refused_account_leaves_nothing(world: World, email: str, password: str, refusal: str) -> None:
    made = await create(world, email, password)

    assert made["refusal"] == refusal
    assert made["accountId"] is None
    assert [row["email"] for row in await kept(world, "accounts")] == [ADMIN_EMAIL]
    assert await world.published() == []


async def test_nobody_but_a_service_with_the_scope_makes_accounts(world: World) -> None:
    wanted = {"email": EMAIL, "password": PASSWORD, "role": "PATIENT", "profileId": "usr_1", "idempotencyKey": "usr_1"}

    for caller in (ANONYMOUS, EXPIRED):
        assert code_of(await world.ask(CREATE, {"input": wanted}, as_=caller)) == "UNAUTHENTICATED"
    for caller in (PATIENT, DOCTOR, SUPPORT, ADMIN, service("accounts:read")):
        assert code_of(await world.ask(CREATE, {"input": wanted}, as_=caller)) == "FORBIDDEN"

    assert len(await kept(world, "accounts")) == 1
    assert await world.published() == []


async def test_me_is_the_signed_in_account_and_null_for_nobody(world: World, patient: SignedIn) -> None:
    answer = await world.ask(ME, as_=patient.caller)

    assert answer["data"]["me"] == {
        "id": patient.account_id,
        "email": EMAIL,
        "emailVerified": False,
        "status": "ACTIVE",
        "roles": ["PATIENT"],
        "permissions": ["appointments:book"],
        "totpEnabled": False,
        "sessions": [{"id": patient.caller.session_id, "current": True}],
        "createdAt": "2026-11-23T04:00:00Z",
    }
    assert await world.ask(ME) == {"data": {"me": None}}
    assert await world.ask(ME, as_=service()) == {"data": {"me": None}}


def security(world: World) -> SecurityService:
    service_ = world.subgraph.service
    assert isinstance(service_, SecurityService)
    return service_


async def test_the_first_admin_is_made_once_with_a_proven_address(world: World) -> None:
    await open_subgraph(world.ports)

    (row,) = await kept(world, "accounts")
    assert row["roles"] == ["ADMIN"]
    assert row["email_verified"] is True
    assert await world.published() == []


async def test_a_start_makes_no_second_admin(world: World) -> None:
    settings = world.ports.settings.model_copy(update={"admin_email": "second@example.com"})

    await open_subgraph(replace(world.ports, settings=settings))

    assert [row["email"] for row in await kept(world, "accounts")] == [ADMIN_EMAIL]


async def test_the_command_makes_another_admin_and_leaves_an_admins_password_alone(world: World) -> None:
    made = await security(world).ensure_admin("Second@example.com", PASSWORD)

    assert await security(world).ensure_admin("second@example.com", "another good password") == made
    assert (await sign_in(world, "second@example.com")).account_id == made


async def test_processes_that_start_at_once_make_one_admin_and_none_of_them_fails(world: World) -> None:
    made = await asyncio.gather(*(security(world).ensure_admin("third@example.com", PASSWORD) for _ in range(4)))

    assert len(set(made)) == 1


async def test_the_command_never_takes_an_account_over(world: World, patient: SignedIn) -> None:
    with pytest.raises(EmailTaken):
        await security(world).ensure_admin(EMAIL, "another good password")

    assert [row["roles"] for row in await kept(world, "accounts", {"_id": patient.account_id})] == [["PATIENT"]]


async def test_a_start_without_any_admin_wants_a_good_password(world: World) -> None:
    weak = {"admin_password": SecretStr("short"), "admin_email": "x@example.com"}
    ports = replace(world.ports, settings=world.ports.settings.model_copy(update=weak), database_prefix=new_id("t"))

    with pytest.raises(WrongSetting, match=r"^BMC_ADMIN_PASSWORD: A password has between 10"):
        await open_subgraph(ports)


async def test_production_refuses_cheap_hashing(world: World) -> None:
    ports = replace(world.ports, settings=world.ports.settings.model_copy(update={"env": "production"}))

    with pytest.raises(WrongSetting, match=r"^BMC_SECURITY_ARGON2_MEMORY_KIB: production needs at least 19456"):
        await open_subgraph(ports)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BMC_SECURITY_ARGON2_PASSES", "0", "BMC_SECURITY_ARGON2_PASSES: Input should be greater than or equal to 1"),
        ("BMC_SECURITY_KEY_DAYS", "often", "BMC_SECURITY_KEY_DAYS: Input should be a valid integer"),
    ],
)
async def test_a_wrong_setting_stops_the_start(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(WrongSetting, match=f"^{sentence}"):
        await open_subgraph(world.ports)


def pages(answer: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    connection = answer["data"]["accounts"]
    return [edge["node"]["email"] for edge in connection["edges"]], connection["pageInfo"]


LIST = """query($filter: AccountFilter, $after: String) { accounts(filter: $filter, first: 2, after: $after) {
  edges { node { email roles sessions { id } } } pageInfo { hasNextPage endCursor } } }"""


async def test_support_lists_accounts_newest_first_page_by_page(world: World) -> None:
    for name in ("ada", "bob", "cleo"):
        world.clock.advance(timedelta(seconds=1))
        await create(world, f"{name}@example.com")

    first = await world.ask(LIST, as_=SUPPORT)
    emails, info = pages(first)
    rest, end = pages(await world.ask(LIST, {"after": info["endCursor"]}, as_=SUPPORT))

    assert emails == ["cleo@example.com", "bob@example.com"]
    assert rest == ["ada@example.com", ADMIN_EMAIL]
    assert end["hasNextPage"] is False
    assert first["data"]["accounts"]["edges"][0]["node"]["sessions"] is None


async def test_accounts_are_filtered(world: World) -> None:
    await create(world, "bob@example.com")

    async def found(**criteria: str) -> list[str]:
        return pages(await world.ask(LIST, {"filter": criteria}, as_=SUPPORT))[0]

    assert await found(email="BOB@") == ["bob@example.com"]
    assert await found(email=".") == []
    assert await found(email="\0") == []
    assert await found(email="b" * 70_000) == []
    assert await found(role="ADMIN") == [ADMIN_EMAIL]
    assert await found(status="SUSPENDED") == []
    assert await found(status="ACTIVE", role="PATIENT") == ["bob@example.com"]


ENTITY = """query($representations: [_Any!]!) { _entities(representations: $representations) {
  ... on Account { id email emailVerified status profileId } } }"""


async def test_a_foreign_account_answers_like_a_missing_one(world: World) -> None:
    made = await create(world, profileId="usr_01")
    ids = [made["accountId"], "acc_missing"]
    asked = {"representations": [{"__typename": "Account", "id": one} for one in ids]}
    whole = {
        "id": made["accountId"],
        "email": EMAIL,
        "emailVerified": False,
        "status": "ACTIVE",
        "profileId": "usr_01",
    }

    for caller in (ANONYMOUS, PATIENT, DOCTOR, service("users:read")):
        assert (await world.ask(ENTITY, asked, as_=caller)) == {"data": {"_entities": [None, None]}}
    for caller in (service("accounts:read"), SUPPORT, replace(PATIENT, account_id=made["accountId"])):
        assert (await world.ask(ENTITY, asked, as_=caller)) == {"data": {"_entities": [whole, None]}}
