"""The second factor: RFC 6238's codes, recovery codes, each good once; enrolled, confirmed, disabled."""

import asyncio
from base64 import b32decode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from subgraphs.security.service.totp import code_at, matching_step, step_at
from tests.subgraphs.callers import service
from tests.subgraphs.harness import World, code_of
from tests.subgraphs.security.steps import (
    EMAIL,
    ME,
    PASSWORD,
    SIGN_IN,
    SignedIn,
    change,
    kept,
    refusals,
    sign_in,
)

ENROLL = "mutation { enrollTotp { secret otpauthUrl recoveryCodes userErrors { code field } } }"
ANSWER = "{ account { totpEnabled } userErrors { code field } }"
CONFIRM = f"mutation($input: ConfirmTotpInput!) {{ confirmTotp(input: $input) {ANSWER} }}"
DISABLE = f"mutation($input: DisableTotpInput!) {{ disableTotp(input: $input) {ANSWER} }}"
Refusals = list[tuple[str, list[str] | None]]
WRONG_AT_SIGN_IN: Refusals = [("INVALID_TOTP", ["totpCode"])]


async def enroll(world: World, who: SignedIn) -> dict[str, Any]:
    offered: dict[str, Any] = (await world.ask(ENROLL, as_=who.caller))["data"]["enrollTotp"]
    return offered


def code_now(world: World, offered: dict[str, Any], *, steps: int = 0) -> str:
    secret = b32decode(offered["secret"] + "=" * (-len(offered["secret"]) % 8))
    return code_at(secret, step_at(world.clock.now()) + steps)


async def enabled(world: World, who: SignedIn) -> dict[str, Any]:
    """Turn codes on; a minute passes, so that a code that has not been used is current."""
    offered = await enroll(world, who)
    confirmed = await change(world, CONFIRM, {"code": code_now(world, offered)}, as_=who.caller)
    assert confirmed == {"account": {"totpEnabled": True}, "userErrors": []}
    world.clock.advance(timedelta(minutes=1))
    return offered


async def try_code(world: World, code: str | None, password: str = PASSWORD) -> Refusals:
    return refusals(await change(world, SIGN_IN, {"email": EMAIL, "password": password, "totpCode": code}))


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standards_own_examples(at: int, code: str) -> None:
    assert code_at(b"12345678901234567890", step_at(datetime.fromtimestamp(at, UTC))) == code


def test_a_code_is_forgiven_half_a_minute_and_no_more() -> None:
    now = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
    secret, middle = b"12345678901234567890", step_at(now)

    found = [matching_step(secret, code_at(secret, middle + drift), now) for drift in (-2, -1, 0, 1, 2)]

    assert found == [None, middle - 1, middle, middle + 1, None]


async def test_an_enrolment_shows_a_secret_and_ten_recovery_codes_and_changes_nothing_yet(
    world: World, patient: SignedIn
) -> None:
    offered = await enroll(world, patient)

    assert offered["userErrors"] == []
    assert offered["otpauthUrl"] == (
        f"otpauth://totp/BookMyConsultation:asha%40example.com?secret={offered['secret']}"
        "&issuer=BookMyConsultation&digits=6&period=30"
    )
    assert len(set(offered["recoveryCodes"])) == 10
    assert {len(code) for code in offered["recoveryCodes"]} == {14}
    assert (await world.ask(ME, as_=patient.caller))["data"]["me"]["totpEnabled"] is False
    await sign_in(world)
    everything = str(await kept(world, "accounts"))
    assert offered["secret"] not in everything
    assert not [code for code in offered["recoveryCodes"] if code in everything]


async def test_once_confirmed_signing_in_asks_for_a_code_after_the_password_alone(
    world: World, patient: SignedIn
) -> None:
    offered = await enabled(world, patient)

    assert await try_code(world, None) == [("TOTP_REQUIRED", ["totpCode"])]
    assert await try_code(world, " ") == [("TOTP_REQUIRED", ["totpCode"])]
    assert await try_code(world, None, "a wrong password") == [("INVALID_CREDENTIALS", None)]
    assert await try_code(world, "000000") == WRONG_AT_SIGN_IN
    code = code_now(world, offered)
    assert await try_code(world, f"{code[:3]} {code[3:]}") == []


async def test_a_code_is_good_once_also_for_many_at_once(world: World, patient: SignedIn) -> None:
    code = code_now(world, await enabled(world, patient))

    answers = await asyncio.gather(*(try_code(world, code) for _ in range(5)))

    assert sorted(answers, key=len) == [[], *[WRONG_AT_SIGN_IN] * 4]
    assert await try_code(world, code) == WRONG_AT_SIGN_IN


async def test_the_code_that_confirmed_signs_nobody_in(world: World, patient: SignedIn) -> None:
    offered = await enroll(world, patient)
    code = code_now(world, offered)
    await change(world, CONFIRM, {"code": code}, as_=patient.caller)

    assert await try_code(world, code) == WRONG_AT_SIGN_IN


async def test_a_recovery_code_is_good_once_however_it_is_typed(world: World, patient: SignedIn) -> None:
    first, second, *_ = (await enabled(world, patient))["recoveryCodes"]

    assert await try_code(world, first.upper().replace("-", " ")) == []
    assert await try_code(world, first) == WRONG_AT_SIGN_IN
    assert await try_code(world, second) == []


async def test_an_offer_is_not_good_before_it_is_confirmed_and_the_last_one_counts(
    world: World, patient: SignedIn
) -> None:
    first = await enroll(world, patient)
    second = await enroll(world, patient)

    wrong = await change(world, CONFIRM, {"code": code_now(world, first)}, as_=patient.caller)
    assert refusals(wrong) == [("INVALID_TOTP", ["code"])]
    right = await change(world, CONFIRM, {"code": code_now(world, second)}, as_=patient.caller)
    assert refusals(right) == []
    world.clock.advance(timedelta(minutes=1))
    assert await try_code(world, first["recoveryCodes"][0]) == WRONG_AT_SIGN_IN


async def test_a_second_enrolment_wants_the_first_one_disabled(world: World, patient: SignedIn) -> None:
    offered = await enabled(world, patient)

    again = await enroll(world, patient)
    confirmed = await change(world, CONFIRM, {"code": code_now(world, offered)}, as_=patient.caller)

    assert refusals(again) == [("INVALID_TOTP", None)]
    assert again["secret"] is None
    assert refusals(confirmed) == [("INVALID_TOTP", ["code"])]


@pytest.mark.parametrize("by", ["code", "recovery code"])
async def test_a_last_code_turns_codes_off(world: World, patient: SignedIn, by: str) -> None:
    offered = await enabled(world, patient)
    code = code_now(world, offered) if by == "code" else offered["recoveryCodes"][0]

    assert refusals(await change(world, DISABLE, {"code": "000000"}, as_=patient.caller)) == [
        ("INVALID_TOTP", ["code"])
    ]
    assert (await change(world, DISABLE, {"code": code}, as_=patient.caller))["account"] == {"totpEnabled": False}

    await sign_in(world)
    assert refusals(await change(world, DISABLE, {"code": code}, as_=patient.caller)) == [("INVALID_TOTP", ["code"])]


async def test_guessing_at_codes_is_throttled(world: World, patient: SignedIn) -> None:
    await enabled(world, patient)

    disabling = [refusals(await change(world, DISABLE, {"code": "000000"}, as_=patient.caller)) for _ in range(6)]
    signing_in = [await try_code(world, "000000") for _ in range(9)]

    assert disabling == [[("INVALID_TOTP", ["code"])]] * 5 + [[("TOO_MANY_ATTEMPTS", None)]]
    assert signing_in == [WRONG_AT_SIGN_IN] * 8 + [[("TOO_MANY_ATTEMPTS", None)]]


async def test_leaving_the_code_out_now_and_then_forgives_no_guesses(world: World, patient: SignedIn) -> None:
    await enabled(world, patient)

    codes = []
    for _ in range(9):
        codes += [await try_code(world, "000000"), await try_code(world, None)]

    assert codes.count(WRONG_AT_SIGN_IN) == 8


@pytest.mark.parametrize("mutation", [ENROLL, CONFIRM, DISABLE])
async def test_only_people_who_are_signed_in_have_second_factors(world: World, mutation: str) -> None:
    variables = {"input": {"code": "000000"}} if "$input" in mutation else {}

    assert code_of(await world.ask(mutation, variables)) == "UNAUTHENTICATED"
    assert code_of(await world.ask(mutation, variables, as_=service("accounts:read"))) == "UNAUTHENTICATED"
