"""Mailed tokens, and what they are good for: proving an address, setting a new password."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.auth import ANONYMOUS
from subgraphs.security.app import open_subgraph
from tests.subgraphs.callers import ADMIN, DOCTOR, EXPIRED, PATIENT, SUPPORT, service
from tests.subgraphs.harness import World, code_of
from tests.subgraphs.security.steps import (
    EMAIL,
    MAIL_TOKEN,
    PASSWORD,
    REFRESH,
    SIGN_IN,
    VERIFY,
    SignedIn,
    announced,
    change,
    create,
    kept,
    mail_token,
    refusals,
    sign_in,
)

RESET = "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) { ok userErrors { code field } } }"
CHANGE = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) { ok userErrors { code field } } }"
NEW = "another good password"
REFUSED_TOKEN = [("INVALID_TOKEN", ["token"])]


async def reset(world: World, token: str, password: str = NEW) -> dict[str, Any]:
    return await change(world, RESET, {"token": token, "newPassword": password})


async def test_an_event_makes_the_same_token_again_with_the_same_end(world: World) -> None:
    account_id = (await create(world))["accountId"]
    wanted = {"accountId": account_id, "purpose": "VERIFY_EMAIL", "eventId": "evt_1"}
    first = await change(world, MAIL_TOKEN, wanted, as_=service("mail-tokens:issue"))
    world.clock.advance(timedelta(hours=1))

    again = await change(world, MAIL_TOKEN, wanted, as_=service("mail-tokens:issue"))

    assert again == first
    assert first["expiresAt"] == "2026-11-24T04:00:00Z"
    others = [
        await mail_token(world, account_id, event_id="evt_2"),
        await mail_token(world, account_id, "RESET_PASSWORD"),
    ]
    assert len({first["token"], *others}) == 3
    assert first["token"] not in str(await kept(world, "mail_tokens"))


async def test_one_event_asked_for_by_many_at_once_has_one_token(world: World) -> None:
    account_id = (await create(world))["accountId"]

    tokens = await asyncio.gather(*(mail_token(world, account_id) for _ in range(10)))

    assert len(set(tokens)) == 1
    assert len(await kept(world, "mail_tokens")) == 1


async def test_nobody_but_a_service_with_the_scope_is_given_tokens(world: World) -> None:
    account_id = (await create(world))["accountId"]
    wanted = {"accountId": account_id, "purpose": "RESET_PASSWORD", "eventId": "evt_1"}

    for caller in (ANONYMOUS, EXPIRED):
        assert code_of(await world.ask(MAIL_TOKEN, {"input": wanted}, as_=caller)) == "UNAUTHENTICATED"
    for caller in (PATIENT, DOCTOR, SUPPORT, ADMIN, service("accounts:read")):
        assert code_of(await world.ask(MAIL_TOKEN, {"input": wanted}, as_=caller)) == "FORBIDDEN"

    assert await kept(world, "mail_tokens") == []


async def test_there_is_no_token_for_an_account_that_is_not_there(world: World) -> None:
    wanted = {"accountId": "acc_missing", "purpose": "VERIFY_EMAIL", "eventId": "evt_1"}

    assert code_of(await world.ask(MAIL_TOKEN, {"input": wanted}, as_=service("mail-tokens:issue"))) == "NOT_FOUND"


async def test_a_mailed_token_proves_the_address_to_whoever_holds_it(world: World) -> None:
    account_id = (await create(world, profileId="usr_01"))["accountId"]

    payload = await change(world, VERIFY, {"token": f" {await mail_token(world, account_id)}\n"})

    assert payload == {"account": {"id": account_id, "email": EMAIL, "emailVerified": True}, "userErrors": []}
    assert (await sign_in(world)).caller.email_verified is True
    verified = (await world.published())[-1]
    assert verified.type == "account.email_verified"
    assert verified.data == {"account_id": account_id, "profile_id": "usr_01", "version": 2}


async def test_a_token_is_good_once_also_for_many_at_once(world: World) -> None:
    token = await mail_token(world, (await create(world))["accountId"])

    payloads = await asyncio.gather(*(change(world, VERIFY, {"token": token}) for _ in range(8)))

    assert sorted(str(refusals(payload)) for payload in payloads) == [str(REFUSED_TOKEN)] * 7 + ["[]"]
    assert refusals(await change(world, VERIFY, {"token": token})) == REFUSED_TOKEN
    assert await announced(world) == ["account.created", "account.email_verified"]


async def test_a_second_token_verifies_again_and_announces_nothing(world: World) -> None:
    account_id = (await create(world))["accountId"]
    for event_id in ("evt_1", "evt_2"):
        token = await mail_token(world, account_id, event_id=event_id)
        assert (await change(world, VERIFY, {"token": token}))["account"]["emailVerified"] is True

    assert await announced(world) == ["account.created", "account.email_verified"]


@pytest.mark.parametrize(("purpose", "hours"), [("VERIFY_EMAIL", 24), ("RESET_PASSWORD", 1)])
async def test_a_token_expires(world: World, purpose: str, hours: int) -> None:
    token = await mail_token(world, (await create(world))["accountId"], purpose)
    world.clock.advance(timedelta(hours=hours))

    if purpose == "VERIFY_EMAIL":
        payload = await change(world, VERIFY, {"token": token})
    else:
        payload = await reset(world, token)

    assert refusals(payload) == [("EXPIRED_TOKEN", ["token"])]
    assert await announced(world) == ["account.created"]
    await sign_in(world)


async def test_a_token_is_good_for_its_own_purpose_alone(world: World) -> None:
    account_id = (await create(world))["accountId"]

    assert refusals(await reset(world, await mail_token(world, account_id))) == REFUSED_TOKEN
    token = await mail_token(world, account_id, "RESET_PASSWORD")
    assert refusals(await change(world, VERIFY, {"token": token})) == REFUSED_TOKEN
    assert refusals(await change(world, VERIFY, {"token": "never issued"})) == REFUSED_TOKEN


async def test_a_reset_sets_the_password_and_ends_every_session(world: World, patient: SignedIn) -> None:
    token = await mail_token(world, patient.account_id, "RESET_PASSWORD")

    assert await reset(world, token) == {"ok": True, "userErrors": []}

    assert refusals(await change(world, REFRESH, {"refreshToken": patient.refresh_token})) == [
        ("INVALID_TOKEN", ["refreshToken"])
    ]
    wrong = await change(world, SIGN_IN, {"email": EMAIL, "password": PASSWORD})
    assert refusals(wrong) == [("INVALID_CREDENTIALS", None)]
    await sign_in(world, password=NEW)
    assert await announced(world) == ["account.created", "account.password_changed"]


async def test_a_reset_uses_every_other_mailed_reset_up(world: World, patient: SignedIn) -> None:
    tokens = [await mail_token(world, patient.account_id, "RESET_PASSWORD", f"evt_{n}") for n in range(3)]

    assert refusals(await reset(world, tokens[1])) == []

    for token in tokens:
        assert refusals(await reset(world, token, "yet another password")) == REFUSED_TOKEN
    await sign_in(world, password=NEW)


async def test_a_weak_password_does_not_cost_the_token(world: World, patient: SignedIn) -> None:
    token = await mail_token(world, patient.account_id, "RESET_PASSWORD")

    assert refusals(await reset(world, token, "short")) == [("WEAK_PASSWORD", ["newPassword"])]

    assert refusals(await reset(world, token)) == []


async def test_changing_the_password_ends_every_other_session(world: World, patient: SignedIn) -> None:
    other = await sign_in(world)
    mailed = await mail_token(world, patient.account_id, "RESET_PASSWORD")

    payload = await change(world, CHANGE, {"currentPassword": PASSWORD, "newPassword": NEW}, as_=patient.caller)

    assert payload == {"ok": True, "userErrors": []}
    assert (await change(world, REFRESH, {"refreshToken": patient.refresh_token}))["session"] is not None
    assert (await change(world, REFRESH, {"refreshToken": other.refresh_token}))["session"] is None
    assert refusals(await reset(world, mailed)) == REFUSED_TOKEN
    await sign_in(world, password=NEW)
    assert await announced(world) == ["account.created", "account.password_changed"]


@pytest.mark.parametrize(
    ("current", "new", "refusal"),
    [
        ("a wrong password", NEW, ("INVALID_CREDENTIALS", ["currentPassword"])),
        (PASSWORD, "short", ("WEAK_PASSWORD", ["newPassword"])),
        (PASSWORD, EMAIL, ("WEAK_PASSWORD", ["newPassword"])),
    ],
)
async def test_a_refused_change_of_password_changes_nothing(
    world: World, patient: SignedIn, current: str, new: str, refusal: tuple[str, list[str]]
) -> None:
    payload = await change(world, CHANGE, {"currentPassword": current, "newPassword": new}, as_=patient.caller)

    assert refusals(payload) == [refusal]
    await sign_in(world)
    assert await announced(world) == ["account.created"]


async def test_guessing_at_the_current_password_is_throttled_by_session(world: World, patient: SignedIn) -> None:
    other = await sign_in(world)
    guess = {"currentPassword": "a wrong password", "newPassword": NEW}

    codes = [refusals(await change(world, CHANGE, guess, as_=patient.caller))[0][0] for _ in range(6)]

    assert codes == ["INVALID_CREDENTIALS"] * 5 + ["TOO_MANY_ATTEMPTS"]
    right = {"currentPassword": PASSWORD, "newPassword": NEW}
    assert (await change(world, CHANGE, right, as_=other.caller))["ok"] is True


async def test_of_two_who_change_one_password_at_once_one_does(world: World, patient: SignedIn) -> None:
    wishes = [{"currentPassword": PASSWORD, "newPassword": new} for new in (NEW, f"{NEW} 2")]

    answers = await asyncio.gather(*(change(world, CHANGE, wish, as_=patient.caller) for wish in wishes))

    assert sorted(answer["ok"] for answer in answers) == [False, True]
    (refused,) = [answer for answer in answers if not answer["ok"]]
    assert refusals(refused) == [("INVALID_CREDENTIALS", ["currentPassword"])]
    assert (await announced(world)).count("account.password_changed") == 1


async def test_a_dearer_hash_reaches_an_account_when_it_signs_in(
    world: World, patient: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BMC_SECURITY_ARGON2_PASSES", "2")
    await world.subgraph.close()
    world.subgraph = await open_subgraph(world.ports)

    await sign_in(world)

    (row,) = await kept(world, "accounts", {"_id": patient.account_id})
    assert ",t=2," in row["password_hash"]
    await sign_in(world)
