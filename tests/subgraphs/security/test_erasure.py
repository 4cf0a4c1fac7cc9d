"""Erasing one's own account: what the password proves, what goes, what stays, and what the others are told."""

from shared.auth import ANONYMOUS
from tests.subgraphs.harness import World, code_of
from tests.subgraphs.security.steps import (
    ADMIN_EMAIL,
    EMAIL,
    PASSWORD,
    REFRESH,
    SIGN_IN,
    SignedIn,
    announced,
    change,
    create,
    kept,
    mail_token,
    refusals,
    sign_in,
)

ERASE = """mutation($input: EraseAccountInput!) { eraseAccount(input: $input) { ok userErrors { code field } } }"""


async def test_an_erased_account_leaves_nothing_but_its_trail_and_the_word_to_the_others(
    world: World, patient: SignedIn
) -> None:
    await mail_token(world, patient.account_id)
    (account,) = await kept(world, "accounts", {"_id": patient.account_id})

    erased = await change(world, ERASE, {"password": PASSWORD}, as_=patient.caller)

    assert erased == {"ok": True, "userErrors": []}
    for collection in ("accounts", "sessions", "mail_tokens"):
        key = "_id" if collection == "accounts" else "account_id"
        assert await kept(world, collection, {key: patient.account_id}) == []
    assert await kept(world, "refresh_tokens") == []
    told = [event for event in await world.published() if event.type == "account.erased"]
    assert [event.data for event in told] == [
        {"account_id": patient.account_id, "profile_id": account["profile_id"], "version": account["version"] + 1}
    ]
    deeds = [event.data for event in await world.published() if event.type == "audit.recorded"]
    assert [(deed["action"], deed["actor_id"], deed["user_id"]) for deed in deeds] == [
        ("account.erase", patient.account_id, account["profile_id"])
    ]


async def test_whoever_left_is_signed_out_and_may_join_again_under_the_same_address(
    world: World, patient: SignedIn
) -> None:
    await change(world, ERASE, {"password": PASSWORD}, as_=patient.caller)

    again = await change(world, REFRESH, {"refreshToken": patient.refresh_token})
    known = await change(world, SIGN_IN, {"email": EMAIL, "password": PASSWORD})
    assert refusals(again) == [("INVALID_TOKEN", ["refreshToken"])]
    assert [code for code, _ in refusals(known)] == ["INVALID_CREDENTIALS"]
    assert code_of(await world.ask(ERASE, {"input": {"password": PASSWORD}}, as_=patient.caller)) == "UNAUTHENTICATED"

    assert (await create(world))["refusal"] is None
    assert (await sign_in(world)).account_id != patient.account_id


async def test_without_the_password_nothing_is_erased(world: World, patient: SignedIn) -> None:
    refused = await change(world, ERASE, {"password": "not the password"}, as_=patient.caller)

    assert refused["ok"] is False
    assert refusals(refused) == [("INVALID_CREDENTIALS", ["password"])]
    assert await announced(world) == ["account.created"]
    assert (await sign_in(world)).account_id == patient.account_id
    assert code_of(await world.ask(ERASE, {"input": {"password": PASSWORD}}, as_=ANONYMOUS)) == "UNAUTHENTICATED"


async def test_the_last_admin_stays(world: World, admin: SignedIn) -> None:
    refused = await change(world, ERASE, {"password": PASSWORD}, as_=admin.caller)

    assert [code for code, _ in refusals(refused)] == ["LAST_ADMIN"]
    assert (await sign_in(world, ADMIN_EMAIL)).account_id == admin.account_id
