"""Accounts: sessions that are renewed and ended, passwords that are forgotten, tokens that are not what they seem."""

import asyncio
import base64
import json
from typing import Any

import pytest

from tests.stories.client import Answered, Client, someone
from tests.stories.people import PASSWORD, a_doctor, a_patient, book, register_doctor

ME = "{ me { email } }"
SESSION = "session { accessToken refreshToken }"


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


async def refreshed(anyone: Client, token: str | None) -> dict[str, Any]:
    return await anyone.do("refreshSession", SESSION, refreshToken=token)


async def test_a_refresh_token_is_good_once_and_a_spent_one_ends_its_whole_family(anyone: Client) -> None:
    patient = await a_patient(anyone)
    elsewhere = await anyone.sign_in(patient.email, PASSWORD)
    first = patient.client.refresh_token
    second = (await refreshed(anyone, first))["session"]["refreshToken"]
    third = (await refreshed(anyone, second))["session"]["refreshToken"]
    assert len({first, second, third}) == 3

    stolen = await refreshed(anyone, first)

    assert (stolen["session"], codes(stolen)) == (None, ["TOKEN_REUSED"])
    ended = await refreshed(anyone, third)
    assert ended["session"] is None
    assert codes(ended)[0] in {"INVALID_TOKEN", "TOKEN_REUSED"}
    assert codes(await refreshed(anyone, elsewhere.refresh_token)) == []


async def test_a_password_is_reset_by_mail_and_every_session_ends(anyone: Client) -> None:
    patient = await a_patient(anyone)
    for email in (patient.email, someone("nobody")):
        asked = await anyone.do("requestPasswordReset", "ok", email=email)
        assert asked == {"ok": True, "userErrors": []}
    mail = await anyone.mail(patient.email, "Choose a new password")
    assert codes(await anyone.do("resetPassword", "ok", token=mail.token, newPassword="short")) == ["WEAK_PASSWORD"]

    reset = await anyone.do("resetPassword", "ok", token=mail.token, newPassword="another quiet street 43")

    assert reset == {"ok": True, "userErrors": []}
    again = await anyone.do("resetPassword", "ok", token=mail.token, newPassword="a third quiet street 44")
    assert codes(again) == ["INVALID_TOKEN"]
    assert (await refreshed(anyone, patient.client.refresh_token))["session"] is None
    assert codes(await anyone.do("signIn", SESSION, email=patient.email, password=PASSWORD)) == ["INVALID_CREDENTIALS"]
    anew = await anyone.sign_in(patient.email, "another quiet street 43")
    assert (await anew.ask(ME))["me"] == {"email": patient.email}
    await anyone.mail(patient.email, "Your password was changed")


async def test_an_unknown_address_and_a_wrong_password_are_answered_alike(anyone: Client) -> None:
    patient = await a_patient(anyone)
    sign_in = """mutation($input: SignInInput!) {
      signIn(input: $input) { session { accessToken } userErrors { message field code } } }"""

    wrong = await anyone.post(sign_in, input={"email": patient.email, "password": "not this one 1"})
    unknown = await anyone.post(sign_in, input={"email": someone("nobody"), "password": "not this one 1"})

    assert wrong.status_code == unknown.status_code == 200
    assert wrong.json() == unknown.json()
    assert wrong.json()["data"]["signIn"]["userErrors"][0]["code"] == "INVALID_CREDENTIALS"


def with_claims(token: str, **claims: Any) -> str:
    """Change what a token says, and keep its signature."""
    header, body, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    changed = base64.urlsafe_b64encode(json.dumps({**said, **claims}).encode()).rstrip(b"=").decode()
    return f"{header}.{changed}.{signature}"


def unsigned(token: str) -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


async def test_a_token_that_is_forged_altered_or_no_token_is_401(anyone: Client) -> None:
    token = (await a_patient(anyone)).client.access_token
    assert token is not None
    forged = [
        with_claims(token, roles=["ADMIN"], scope="roles:manage"),
        with_claims(token, exp=4_102_444_800),
        unsigned(token),
        token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"),
        "not-a-token",
    ]
    for bad in forged:
        client = Client(anyone.url, bad)
        answer = await client.post(ME)
        await client.__aexit__()
        assert answer.status_code == 401, bad
        assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["UNAUTHENTICATED"]
        assert answer.json().get("data") is None


async def test_signing_out_ends_this_session_and_everywhere_ends_all(anyone: Client) -> None:
    patient = await a_patient(anyone)
    here, there, away = [await anyone.sign_in(patient.email, PASSWORD) for _ in range(3)]

    await anyone.done("signOut", "ok", refreshToken=here.refresh_token)

    assert (await refreshed(anyone, here.refresh_token))["session"] is None
    renewed = (await refreshed(anyone, there.refresh_token))["session"]
    assert renewed is not None
    await anyone.done("signOut", "ok", refreshToken=renewed["refreshToken"], everywhere=True)
    assert (await refreshed(anyone, renewed["refreshToken"]))["session"] is None
    assert (await refreshed(anyone, away.refresh_token))["session"] is None


async def test_a_suspended_account_may_not_sign_in_until_it_is_reinstated(anyone: Client, admin: Client) -> None:
    patient = await a_patient(anyone)
    found = await admin.ask(
        "query($f: AccountFilter) { accounts(filter: $f, first: 1) { edges { node { id } } } }",
        f={"email": patient.email},
    )
    account_id = found["accounts"]["edges"][0]["node"]["id"]

    await admin.done("suspendAccount", "account { status }", accountId=account_id, reason="Reported.")

    assert codes(await anyone.do("signIn", SESSION, email=patient.email, password=PASSWORD)) == ["ACCOUNT_SUSPENDED"]
    assert (await refreshed(anyone, patient.client.refresh_token))["session"] is None
    await admin.done("reinstateAccount", "account { status }", accountId=account_id, reason="A mistake.")
    assert (await (await anyone.sign_in(patient.email, PASSWORD)).ask(ME))["me"] == {"email": patient.email}


async def test_an_address_is_registered_once_whatever_its_case_and_however_many_try(anyone: Client) -> None:
    email = someone("twin")
    given = {"password": PASSWORD, "firstName": "Twin", "lastName": "Rao", "timeZone": "Asia/Kolkata"}

    payloads = await asyncio.gather(
        *(anyone.do("registerUser", "user { id }", email=one, **given) for one in (email, email.upper(), email.title()))
    )

    assert sorted(code for payload in payloads for code in codes(payload)) == ["EMAIL_TAKEN", "EMAIL_TAKEN"]
    assert sum(1 for payload in payloads if payload["user"]) == 1
    taken = await anyone.do("registerUser", "user { id }", email=email, **{**given, "password": "an intruder's one 9"})
    assert codes(taken) == ["EMAIL_TAKEN"]
    await anyone.sign_in(email, PASSWORD)


async def test_who_has_not_verified_may_sign_in_but_not_book(anyone: Client, admin: Client) -> None:
    doctor, email = await a_doctor(anyone, admin), someone("hasty")
    given = {"password": PASSWORD, "firstName": "Hasty", "lastName": "Rao", "timeZone": "Asia/Kolkata"}
    await anyone.done("registerUser", "user { id }", email=email, **given)
    client = await anyone.sign_in(email, PASSWORD)
    wish = {"doctorId": doctor.id, "startsAt": doctor.slots[0]["startsAt"], "idempotencyKey": someone("key")}

    assert codes(await client.do("bookAppointment", "appointment { id }", **wish)) == ["EMAIL_NOT_VERIFIED"]

    first = await anyone.mail(email, "Verify your e-mail address")
    await anyone.done("resendVerificationEmail", "ok", email=email)

    async def look() -> bool:
        return sum("Verify your e-mail" in mail.subject for mail in await anyone.mails(email)) == 2

    await anyone.until(look, "the second verification mail")
    await anyone.done("verifyEmail", "account { emailVerified }", token=first.token)
    assert codes(await client.do("bookAppointment", "appointment { id }", **wish)) == []


async def test_a_token_for_one_purpose_is_no_good_for_another(anyone: Client) -> None:
    doctor = await register_doctor(anyone, zone="Asia/Kolkata", fee="10.00", currency="INR", city="Pune")
    await anyone.do("requestPasswordReset", "ok", email=doctor.email)
    reset = await anyone.mail(doctor.email, "Choose a new password")

    assert codes(await anyone.do("verifyEmail", "account { id }", token=reset.token)) == ["INVALID_TOKEN"]
    guessed = await anyone.do("resetPassword", "ok", token="guessed", newPassword="another quiet street 43")
    assert codes(guessed) == ["INVALID_TOKEN"]


async def test_nobody_signed_in_is_told_so(anyone: Client, admin: Client) -> None:
    assert (await anyone.ask(ME))["me"] is None
    with pytest.raises(Answered) as refused:
        await anyone.ask("{ accounts(first: 1) { edges { node { id } } } }")
    assert refused.value.codes == ["UNAUTHENTICATED"]
    patient, doctor = await a_patient(anyone), await a_doctor(anyone, admin)
    with pytest.raises(Answered) as forbidden:
        await patient.client.ask("{ accounts(first: 1) { edges { node { id } } } }")
    assert forbidden.value.codes == ["FORBIDDEN"]
    nobody = type(patient)(patient.id, patient.email, anyone)
    with pytest.raises(Answered) as anonymous:
        await book(nobody, doctor, doctor.slots[0])
    assert anonymous.value.codes == ["UNAUTHENTICATED"]
