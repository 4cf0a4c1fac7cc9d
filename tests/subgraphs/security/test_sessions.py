"""Sessions: opened, refreshed with rotation, listed, ended; and what the tokens say."""

import asyncio
from datetime import timedelta
from typing import Any

import jwt
import pytest

from shared.auth import TokenVerifier
from tests.subgraphs.callers import PATIENT
from tests.subgraphs.harness import World, code_of
from tests.subgraphs.security.steps import (
    ADMIN_EMAIL,
    EMAIL,
    ME,
    PASSWORD,
    REFRESH,
    SIGN_IN,
    SignedIn,
    change,
    create,
    kept,
    over_http,
    post,
    refusals,
    registered,
    sign_in,
    signed_in_by,
)

SIGN_OUT = "mutation($input: SignOutInput!) { signOut(input: $input) { ok userErrors { code field } } }"
END = "mutation($input: EndSessionInput!) { endSession(input: $input) { ok userErrors { code field } } }"


async def refresh(world: World, token: str) -> dict[str, Any]:
    return await change(world, REFRESH, {"refreshToken": token})


async def keys_of(world: World) -> bytes:
    return (await over_http(world, "GET", "/.well-known/jwks.json")).content


async def test_signing_in_answers_a_session_of_the_account(world: World) -> None:
    made = await create(world)

    payload = await change(world, SIGN_IN, {"email": " ASHA@Example.com ", "password": PASSWORD})

    session = payload["session"]
    assert session["expiresAt"] == "2026-11-23T04:10:00Z"
    assert session["account"]["id"] == made["accountId"]
    assert session["account"]["email"] == EMAIL
    assert session["account"]["permissions"] == ["appointments:book"]
    assert [one["current"] for one in session["account"]["sessions"]] == [True]


async def test_an_access_token_verifies_and_says_who_calls(world: World) -> None:
    await create(world, profileId="usr_01")
    signed_in = await sign_in(world)

    caller = await TokenVerifier(lambda: keys_of(world), world.clock).verify(signed_in.access_token)

    assert caller.account_id == signed_in.account_id
    assert caller.roles == {"PATIENT"}
    assert caller.permissions == {"appointments:book"}
    assert (caller.user_id, caller.doctor_id) == ("usr_01", None)
    assert caller.email_verified is False
    claims = jwt.decode(signed_in.access_token, options={"verify_signature": False})
    assert (claims["iss"], claims["aud"]) == ("bookmyconsultation", "bookmyconsultation-api")
    assert claims["exp"] - claims["iat"] == 600
    assert claims["jti"].startswith("jti_")
    assert claims["sid"] == caller.session_id


async def test_a_doctors_token_names_the_doctors_profile(world: World) -> None:
    await create(world, role="DOCTOR", profileId="doc_01")

    caller = (await sign_in(world)).caller

    assert (caller.user_id, caller.doctor_id) == (None, "doc_01")
    assert caller.permissions == {"appointments:consult"}


@pytest.mark.parametrize(
    ("email", "password"),
    [("nobody@example.com", PASSWORD), (EMAIL, "wrong password"), ("no address", ""), (EMAIL, "")],
)
async def test_an_unknown_email_and_a_wrong_password_get_the_same_answer(
    world: World, email: str, password: str
) -> None:
    await create(world)

    payload = await change(world, SIGN_IN, {"email": email, "password": password})

    assert payload == {
        "session": None,
        "userErrors": [
            {"code": "INVALID_CREDENTIALS", "field": None, "message": "The e-mail or the password is wrong."}
        ],
    }
    assert await kept(world, "sessions") == []


async def test_nothing_secret_is_kept_in_clear(world: World) -> None:
    signed_in = await registered(world)

    everything = str([await kept(world, name) for name in ("accounts", "sessions", "refresh_tokens", "signing_keys")])

    assert PASSWORD not in everything
    assert signed_in.refresh_token not in everything
    assert signed_in.access_token not in everything


async def test_a_refresh_carries_the_session_on_with_what_the_account_may_now(world: World) -> None:
    first = await registered(world)
    world.clock.advance(timedelta(minutes=9))

    second = signed_in_by(await refresh(world, first.refresh_token))

    assert second.caller.session_id == first.caller.session_id
    assert second.refresh_token != first.refresh_token
    assert second.caller.expires_at == world.clock.now() + timedelta(minutes=10)
    (session,) = await kept(world, "sessions")
    assert session["last_used_at"] == world.clock.now()


async def test_a_spent_refresh_token_ends_its_whole_family(world: World) -> None:
    first = await registered(world)
    other = await sign_in(world)
    second = signed_in_by(await refresh(world, first.refresh_token))

    assert refusals(await refresh(world, first.refresh_token)) == [("TOKEN_REUSED", ["refreshToken"])]

    assert refusals(await refresh(world, second.refresh_token)) == [("INVALID_TOKEN", ["refreshToken"])]
    assert refusals(await refresh(world, first.refresh_token)) == [("TOKEN_REUSED", ["refreshToken"])]
    assert (await refresh(world, other.refresh_token))["userErrors"] == []
    reuses = [event for event in await world.published() if event.data.get("action") == "session.token_reused"]
    assert [event.subject for event in reuses] == [first.caller.session_id]


async def test_of_two_refreshes_at_once_exactly_one_wins(world: World) -> None:
    first = await registered(world)

    payloads = await asyncio.gather(*(refresh(world, first.refresh_token) for _ in range(8)))

    refused = [refusals(payload) for payload in payloads if payload["session"] is None]
    assert refused == [[("TOKEN_REUSED", ["refreshToken"])]] * 7
    (session,) = await kept(world, "sessions")
    assert session["ended_at"] == world.clock.now()


async def test_a_refresh_token_ends_thirty_days_after_its_last_use(world: World) -> None:
    first = await registered(world)
    world.clock.advance(timedelta(days=29))
    second = signed_in_by(await refresh(world, first.refresh_token))
    world.clock.advance(timedelta(days=30))

    assert refusals(await refresh(world, second.refresh_token)) == [("EXPIRED_TOKEN", ["refreshToken"])]
    assert refusals(await refresh(world, "never issued")) == [("INVALID_TOKEN", ["refreshToken"])]


async def test_signing_out_ends_one_session_and_twice_is_the_same_as_once(world: World) -> None:
    here, there = await registered(world), await sign_in(world)

    for _ in range(2):
        assert await change(world, SIGN_OUT, {"refreshToken": here.refresh_token}) == {"ok": True, "userErrors": []}

    assert refusals(await refresh(world, here.refresh_token)) == [("INVALID_TOKEN", ["refreshToken"])]
    assert (await refresh(world, there.refresh_token))["userErrors"] == []


async def test_signing_out_everywhere_ends_every_session_of_the_account_alone(world: World, admin: SignedIn) -> None:
    here, there = await registered(world), await sign_in(world)

    await change(world, SIGN_OUT, {"refreshToken": here.refresh_token, "everywhere": True})

    assert refusals(await refresh(world, there.refresh_token)) == [("INVALID_TOKEN", ["refreshToken"])]
    assert (await refresh(world, admin.refresh_token))["userErrors"] == []


async def test_signing_out_with_no_token_of_ours_is_refused(world: World) -> None:
    payload = await change(world, SIGN_OUT, {"refreshToken": "never issued", "everywhere": True})

    assert payload == {"ok": False, "userErrors": [{"code": "INVALID_TOKEN", "field": ["refreshToken"]}]}


async def test_sessions_are_listed_newest_first_and_one_is_the_current(world: World) -> None:
    here = await registered(world)
    world.clock.advance(timedelta(minutes=1))
    payload = await post(world, SIGN_IN, {"email": EMAIL, "password": PASSWORD}, {"user-agent": "Firefox " * 100})

    answer = await world.ask("{ me { sessions { id userAgent current lastUsedAt } } }", as_=here.caller)

    there, listed_here = answer["data"]["me"]["sessions"]
    assert there["userAgent"] == ("Firefox " * 25)
    assert there["id"] == payload["session"]["account"]["sessions"][0]["id"]
    assert (there["current"], listed_here["current"]) == (False, True)
    assert listed_here["lastUsedAt"] == "2026-11-23T04:00:00Z"


async def test_an_ended_session_is_refused_and_no_longer_listed(world: World) -> None:
    here, there = await registered(world), await sign_in(world)

    payload = await change(world, END, {"sessionId": there.caller.session_id}, as_=here.caller)

    assert payload == {"ok": True, "userErrors": []}
    assert refusals(await refresh(world, there.refresh_token)) == [("INVALID_TOKEN", ["refreshToken"])]
    me = (await world.ask(ME, as_=here.caller))["data"]["me"]
    assert me["sessions"] == [{"id": here.caller.session_id, "current": True}]


async def test_a_foreign_session_answers_like_a_missing_one(world: World, patient: SignedIn) -> None:
    stranger = await sign_in(world, ADMIN_EMAIL)

    foreign = await change(world, END, {"sessionId": patient.caller.session_id}, as_=stranger.caller)
    missing = await change(world, END, {"sessionId": "ses_missing"}, as_=stranger.caller)

    assert foreign == missing == {"ok": False, "userErrors": [{"code": "NOT_FOUND", "field": ["sessionId"]}]}
    assert (await refresh(world, patient.refresh_token))["userErrors"] == []


async def test_ending_a_session_wants_somebody_signed_in(world: World) -> None:
    answer = await world.ask(END, {"input": {"sessionId": "ses_1"}})

    assert code_of(answer) == "UNAUTHENTICATED"


async def test_a_token_whose_session_has_ended_changes_no_credentials(world: World, patient: SignedIn) -> None:
    await change(world, SIGN_OUT, {"refreshToken": patient.refresh_token})

    for caller in (patient.caller, PATIENT):
        assert code_of(await world.ask("mutation { enrollTotp { secret } }", as_=caller)) == "UNAUTHENTICATED"
