"""Throttling of sign-ins and mails: guessing is slowed, and the owner is never locked out."""

import asyncio
from datetime import timedelta

import pytest

from subgraphs.security.service.origin import Origin
from subgraphs.security.service.throttle import ACCOUNT, MAILS, NETWORK, PLACE
from tests.subgraphs.harness import World
from tests.subgraphs.security.steps import (
    EMAIL,
    announced,
    change,
    create,
    kept,
    mail_token,
    post,
    sign_in_from,
)

WRONG = "a wrong password"
HOME, OFFICE = "203.0.113.7", "198.51.100.9"
RESET = (
    "mutation($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { ok userErrors { code } } }"
)
SET = "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) { ok userErrors { code } } }"
RESEND = """mutation($input: ResendVerificationEmailInput!) { resendVerificationEmail(input: $input) {
  ok userErrors { code } } }"""


async def guess_until_refused(world: World, address: str, email: str = EMAIL, agent: str = "curl") -> int:
    guesses = 0
    while await sign_in_from(world, address, WRONG, email=email, agent=agent) == ["INVALID_CREDENTIALS"]:
        guesses += 1
    return guesses


async def test_a_place_gets_eight_guesses_then_one_a_minute(world: World) -> None:
    await create(world)

    assert await guess_until_refused(world, OFFICE) == PLACE.size == 8
    assert await sign_in_from(world, OFFICE, agent="curl") == ["TOO_MANY_ATTEMPTS"]
    world.clock.advance(timedelta(minutes=1))
    assert await guess_until_refused(world, OFFICE) == 1


async def test_an_account_that_is_not_there_is_counted_like_one_that_is(world: World) -> None:
    assert await guess_until_refused(world, OFFICE, "nobody@example.com") == PLACE.size


async def test_a_hundred_guesses_at_once_get_no_more_than_the_bucket_holds(world: World) -> None:
    await create(world)

    codes = await asyncio.gather(*(sign_in_from(world, OFFICE, WRONG) for _ in range(100)))

    assert codes.count(["INVALID_CREDENTIALS"]) == PLACE.size
    assert codes.count(["TOO_MANY_ATTEMPTS"]) == 92


async def test_right_passwords_cost_nothing(world: World) -> None:
    await create(world)

    for _ in range(12):
        assert await sign_in_from(world, HOME) == []

    assert [row["level"] for row in await kept(world, "budgets")] == [0, 0]


async def test_one_person_at_once_in_many_windows_is_let_in(world: World) -> None:
    await create(world)

    assert await asyncio.gather(*(sign_in_from(world, OFFICE) for _ in range(20))) == [[]] * 20


async def test_signing_in_forgives_the_slips_before(world: World) -> None:
    await create(world)
    for _ in range(7):
        await sign_in_from(world, HOME, WRONG)

    assert await sign_in_from(world, HOME) == []

    assert await guess_until_refused(world, HOME, agent="Firefox") == PLACE.size


async def test_a_botnet_is_stopped_at_the_account_but_its_owner_is_not(world: World) -> None:
    await create(world)
    assert await sign_in_from(world, HOME) == []

    guesses = sum([await guess_until_refused(world, f"192.0.2.{number}") for number in range(1, 9)])

    assert guesses == ACCOUNT.size == 30
    assert await sign_in_from(world, OFFICE) == ["TOO_MANY_ATTEMPTS"]
    assert await sign_in_from(world, HOME) == []


async def test_an_owner_at_a_new_place_gets_in_by_a_mailed_token_during_an_attack(world: World) -> None:
    made = await create(world)
    for number in range(1, 9):
        await guess_until_refused(world, f"192.0.2.{number}")
    token = await mail_token(world, made["accountId"], "RESET_PASSWORD")

    headers = {"x-forwarded-for": OFFICE, "user-agent": "Firefox"}
    payload = await post(world, SET, {"token": token, "newPassword": "a new good password"}, headers)

    assert payload == {"ok": True, "userErrors": []}
    assert await sign_in_from(world, OFFICE, "a new good password") == []


async def test_spraying_many_accounts_from_one_network_is_stopped(world: World) -> None:
    await create(world)
    assert await sign_in_from(world, HOME) == []

    codes = [
        await sign_in_from(world, HOME, WRONG, email=f"person{number}@example.com", agent="curl")
        for number in range(NETWORK.size + 1)
    ]

    assert codes == [["INVALID_CREDENTIALS"]] * 100 + [["TOO_MANY_ATTEMPTS"]]
    assert await sign_in_from(world, HOME) == []


async def test_hammering_a_full_bucket_prolongs_nothing_and_charges_no_other(world: World) -> None:
    await create(world)
    await guess_until_refused(world, OFFICE)
    levels = [row["level"] for row in await kept(world, "budgets")]

    for _ in range(20):
        assert await sign_in_from(world, OFFICE, WRONG, agent="curl") == ["TOO_MANY_ATTEMPTS"]

    assert [row["level"] for row in await kept(world, "budgets")] == levels == [8, 8, 8]


@pytest.mark.parametrize(
    ("mutation", "event"), [(RESET, "password_reset_requested"), (RESEND, "verification_requested")]
)
async def test_mails_to_one_address_are_counted_by_purpose(world: World, mutation: str, event: str) -> None:
    await create(world)

    answers = [await change(world, mutation, {"email": EMAIL}) for _ in range(MAILS.size + 1)]

    assert answers[:-1] == [{"ok": True, "userErrors": []}] * 5
    assert answers[-1] == {"ok": False, "userErrors": [{"code": "TOO_MANY_ATTEMPTS"}]}
    assert await announced(world, f"account.{event}") == [f"account.{event}"] * 5
    for other in {RESET, RESEND} - {mutation}:
        assert (await change(world, other, {"email": EMAIL}))["ok"] is True


@pytest.mark.parametrize("mutation", [RESET, RESEND])
async def test_asking_for_a_mail_does_not_tell_whether_there_is_an_account(world: World, mutation: str) -> None:
    answers = [await change(world, mutation, {"email": "nobody@example.com"}) for _ in range(MAILS.size + 1)]

    assert answers[:-1] == [{"ok": True, "userErrors": []}] * 5
    assert answers[-1] == {"ok": False, "userErrors": [{"code": "TOO_MANY_ATTEMPTS"}]}
    assert await world.published() == []


@pytest.mark.parametrize(
    ("address", "network"),
    [
        (None, None),
        ("203.0.113.7", "203.0.113.7"),
        ("10.0.0.1, 203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("unix:", "unix:"),
    ],
)
async def test_a_network_is_an_ipv4_address_or_a_64th_of_ipv6(address: str | None, network: str | None) -> None:
    assert Origin(address).network == network
