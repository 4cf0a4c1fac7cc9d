"""What admins do to accounts and roles, what is told of it, and that an admin is always left."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from shared.auth import ANONYMOUS, Caller
from subgraphs.security.service import SecurityService
from tests.subgraphs.callers import ADMIN, DOCTOR, EXPIRED, PATIENT, SUPPORT, UNVERIFIED, service
from tests.subgraphs.harness import World, code_of
from tests.subgraphs.security.steps import (
    EMAIL,
    PASSWORD,
    REFRESH,
    SIGN_IN,
    SignedIn,
    announced,
    change,
    kept,
    refusals,
    sign_in,
)

ACCOUNT = "{ account { id status roles } userErrors { code field } }"
GRANT = f"mutation($input: GrantRoleInput!) {{ grantRole(input: $input) {ACCOUNT} }}"
REVOKE = f"mutation($input: RevokeRoleInput!) {{ revokeRole(input: $input) {ACCOUNT} }}"
SUSPEND = f"mutation($input: SuspendAccountInput!) {{ suspendAccount(input: $input) {ACCOUNT} }}"
REINSTATE = f"mutation($input: ReinstateAccountInput!) {{ reinstateAccount(input: $input) {ACCOUNT} }}"
SET = """mutation($input: SetRolePermissionsInput!) { setRolePermissions(input: $input) {
  role { name permissions } userErrors { code field } } }"""
ROLES = "{ roles { name permissions } }"
OTHER_ADMIN = "other-admin@example.com"


@pytest.fixture
async def other_admin(world: World, admin: SignedIn) -> SignedIn:
    security = world.subgraph.service
    assert isinstance(security, SecurityService)
    await security.ensure_admin(OTHER_ADMIN, PASSWORD)
    return await sign_in(world, OTHER_ADMIN)


async def audited(world: World) -> list[tuple[Any, ...]]:
    return [
        (event.data["actor_id"], event.data["action"], event.data["resource_id"])
        for event in await world.published()
        if event.type == "audit.recorded"
    ]


def to(target: SignedIn, **rest: Any) -> dict[str, Any]:
    return {"accountId": target.account_id, **rest}


async def test_a_granted_role_is_in_the_next_token(world: World, admin: SignedIn, patient: SignedIn) -> None:
    granted = to(patient, role="SUPPORT")

    for _ in range(2):
        payload = await change(world, GRANT, granted, as_=admin.caller)
        assert payload["account"]["roles"] == ["PATIENT", "SUPPORT"]

    signed_in = await sign_in(world)
    assert signed_in.caller.roles == {"PATIENT", "SUPPORT"}
    assert "accounts:read" in signed_in.caller.permissions
    assert await announced(world) == ["account.created", "account.roles_changed"]
    assert await audited(world) == [(admin.account_id, "account.grant_role", patient.account_id)]


async def test_a_revoked_role_is_gone_at_the_next_refresh(world: World, admin: SignedIn, patient: SignedIn) -> None:
    await change(world, GRANT, to(patient, role="SUPPORT"), as_=admin.caller)
    support = await sign_in(world)

    payload = await change(world, REVOKE, to(patient, role="SUPPORT"), as_=admin.caller)

    assert payload["account"]["roles"] == ["PATIENT"]
    refreshed = await change(world, REFRESH, {"refreshToken": support.refresh_token})
    assert refreshed["session"]["account"]["permissions"] == ["appointments:book"]
    again = await change(world, REVOKE, to(patient, role="SUPPORT"), as_=admin.caller)
    assert again["userErrors"] == []
    assert await announced(world, "account.roles") == ["account.roles_changed"] * 2


@pytest.mark.parametrize("mutation", [GRANT, REVOKE])
async def test_a_role_that_is_not_for_people_is_refused(
    world: World, admin: SignedIn, patient: SignedIn, mutation: str
) -> None:
    for role in ("SERVICE", "EMPEROR", "admin", ""):
        payload = await change(world, mutation, to(patient, role=role), as_=admin.caller)
        assert refusals(payload) == [("UNKNOWN_ROLE", ["role"])]

    assert await announced(world) == ["account.created"]


@pytest.mark.parametrize(
    ("mutation", "rest"),
    [(GRANT, {"role": "ADMIN"}), (REVOKE, {"role": "ADMIN"}), (SUSPEND, {"reason": "x"}), (REINSTATE, {"reason": "x"})],
)
async def test_there_is_nothing_to_be_done_to_an_account_that_is_not_there(
    world: World, admin: SignedIn, mutation: str, rest: dict[str, str]
) -> None:
    payload = await change(world, mutation, {"accountId": "acc_missing", **rest}, as_=admin.caller)

    assert refusals(payload) == [("NOT_FOUND", ["accountId"])]
    assert await world.published() == []


async def test_a_suspended_account_is_signed_out_and_kept_out(world: World, admin: SignedIn, patient: SignedIn) -> None:
    for _ in range(2):
        payload = await change(world, SUSPEND, to(patient, reason=" Abuse "), as_=admin.caller)
        assert payload["account"]["status"] == "SUSPENDED"

    refreshed = await change(world, REFRESH, {"refreshToken": patient.refresh_token})
    assert refusals(refreshed) == [("ACCOUNT_SUSPENDED", None)]
    right = await change(world, SIGN_IN, {"email": EMAIL, "password": PASSWORD})
    assert refusals(right) == [("ACCOUNT_SUSPENDED", None)]
    wrong = await change(world, SIGN_IN, {"email": EMAIL, "password": "a wrong password"})
    assert refusals(wrong) == [("INVALID_CREDENTIALS", None)]
    (row,) = await kept(world, "accounts", {"_id": patient.account_id})
    assert row["suspension_reason"] == "Abuse"
    assert await announced(world) == ["account.created", "account.suspended"]
    assert await audited(world) == [(admin.account_id, "account.suspend", patient.account_id)]


async def test_a_reinstated_account_signs_in_anew(world: World, admin: SignedIn, patient: SignedIn) -> None:
    await change(world, SUSPEND, to(patient, reason="Abuse"), as_=admin.caller)

    for _ in range(2):
        payload = await change(world, REINSTATE, to(patient, reason="A mistake"), as_=admin.caller)
        assert payload["account"]["status"] == "ACTIVE"

    old = await change(world, REFRESH, {"refreshToken": patient.refresh_token})
    assert refusals(old) == [("INVALID_TOKEN", ["refreshToken"])]
    await sign_in(world)
    events = [event for event in await world.published() if event.type == "account.reinstated"]
    assert [set(event.data) for event in events] == [{"account_id", "profile_id", "version"}]


@pytest.mark.parametrize("mutation", [SUSPEND, REINSTATE])
@pytest.mark.parametrize("reason", ["  ", "x" * 501, "a\0b"])
async def test_a_reason_is_needed(world: World, admin: SignedIn, patient: SignedIn, mutation: str, reason: str) -> None:
    answer = await world.ask(mutation, {"input": to(patient, reason=reason)}, as_=admin.caller)

    assert code_of(answer) == "BAD_USER_INPUT"
    assert answer["errors"][0]["extensions"]["field"] == ["reason"]
    assert await announced(world) == ["account.created"]


async def test_signing_in_while_being_suspended_leaves_no_session(
    world: World, admin: SignedIn, patient: SignedIn
) -> None:
    credentials = {"email": EMAIL, "password": PASSWORD}

    await asyncio.gather(
        change(world, SUSPEND, to(patient, reason="Abuse"), as_=admin.caller),
        *(change(world, SIGN_IN, credentials) for _ in range(6)),
    )

    sessions = await kept(world, "sessions", {"account_id": patient.account_id})
    assert [session for session in sessions if session["ended_at"] is None] == []


@pytest.mark.parametrize(("mutation", "rest"), [(REVOKE, {"role": "ADMIN"}), (SUSPEND, {"reason": "Tired"})])
async def test_the_last_admin_stays(world: World, admin: SignedIn, mutation: str, rest: dict[str, str]) -> None:
    payload = await change(world, mutation, to(admin, **rest), as_=admin.caller)

    assert refusals(payload) == [("LAST_ADMIN", ["accountId"])]
    (row,) = await kept(world, "accounts")
    assert (row["roles"], row["status"]) == (["ADMIN"], "ACTIVE")
    assert await world.published() == []
    await sign_in(world, "admin@example.com")


@pytest.mark.parametrize(("mutation", "rest"), [(REVOKE, {"role": "ADMIN"}), (SUSPEND, {"reason": "Mutiny"})])
async def test_two_admins_who_remove_one_another_at_once_leave_one(
    world: World, admin: SignedIn, other_admin: SignedIn, mutation: str, rest: dict[str, str]
) -> None:
    await asyncio.gather(
        world.ask(mutation, {"input": to(other_admin, **rest)}, as_=admin.caller),
        world.ask(mutation, {"input": to(admin, **rest)}, as_=other_admin.caller),
    )

    assert len(await kept(world, "accounts", {"roles": "ADMIN", "status": "ACTIVE"})) == 1


async def test_a_suspended_admin_counts_for_nothing(world: World, admin: SignedIn, other_admin: SignedIn) -> None:
    await change(world, SUSPEND, to(other_admin, reason="Mutiny"), as_=admin.caller)

    payload = await change(world, REVOKE, to(admin, role="ADMIN"), as_=admin.caller)

    assert refusals(payload) == [("LAST_ADMIN", ["accountId"])]


async def test_an_admins_token_is_worth_nothing_here_once_the_session_has_ended(
    world: World, admin: SignedIn, other_admin: SignedIn, patient: SignedIn
) -> None:
    await change(world, SUSPEND, to(other_admin, reason="Mutiny"), as_=admin.caller)

    for mutation, input_ in (
        (GRANT, to(patient, role="ADMIN")),
        (SUSPEND, to(admin, reason="Revenge")),
        (SET, {"role": "PATIENT", "permissions": []}),
    ):
        assert code_of(await world.ask(mutation, {"input": input_}, as_=other_admin.caller)) == "UNAUTHENTICATED"

    assert len(await kept(world, "accounts", {"roles": "ADMIN", "status": "ACTIVE"})) == 1


async def test_the_role_map_is_the_codes_until_an_admin_changes_it(
    world: World, admin: SignedIn, patient: SignedIn
) -> None:
    before = {role["name"]: role["permissions"] for role in (await world.ask(ROLES, as_=SUPPORT))["data"]["roles"]}
    assert list(before) == ["ADMIN", "DOCTOR", "PATIENT", "SERVICE", "SUPPORT"]
    assert before["PATIENT"] == ["appointments:book"]
    assert "roles:manage" in before["ADMIN"]

    payload = await change(world, SET, {"role": "PATIENT", "permissions": []}, as_=admin.caller)

    assert payload == {"role": {"name": "PATIENT", "permissions": []}, "userErrors": []}
    after = {role["name"]: role["permissions"] for role in (await world.ask(ROLES, as_=SUPPORT))["data"]["roles"]}
    assert after == {**before, "PATIENT": []}
    assert (await sign_in(world)).caller.permissions == frozenset()
    assert await audited(world) == [(admin.account_id, "role.set_permissions", "PATIENT")]


@pytest.mark.parametrize(
    ("role", "permissions", "refusal"),
    [
        ("EMPEROR", [], ("UNKNOWN_ROLE", ["role"])),
        ("SUPPORT", ["doctors:devour"], ("UNKNOWN_PERMISSION", ["permissions"])),
        ("SUPPORT", ["mail-tokens:issue"], ("UNKNOWN_PERMISSION", ["permissions"])),
        ("SUPPORT", ["accounts:create"], ("UNKNOWN_PERMISSION", ["permissions"])),
        ("SERVICE", ["roles:manage"], ("UNKNOWN_PERMISSION", ["permissions"])),
        ("ADMIN", [], ("LAST_ADMIN", ["permissions"])),
        ("ADMIN", ["accounts:manage", "audit:read"], ("LAST_ADMIN", ["permissions"])),
    ],
)
async def test_a_refused_change_of_the_map_changes_nothing(
    world: World, admin: SignedIn, role: str, permissions: list[str], refusal: tuple[str, list[str]]
) -> None:
    payload = await change(world, SET, {"role": role, "permissions": permissions}, as_=admin.caller)

    assert refusals(payload) == [refusal]
    assert await kept(world, "roles") == []
    assert await world.published() == []


CALLERS = {
    "anonymous": ANONYMOUS,
    "expired": EXPIRED,
    "unverified": UNVERIFIED,
    "patient": PATIENT,
    "doctor": DOCTOR,
    "support": SUPPORT,
    "admin": ADMIN,
    "service": service("accounts:read", "users:read"),
}
DENIED = {"anonymous": "UNAUTHENTICATED", "expired": "UNAUTHENTICATED"}
DOORS = {
    GRANT: {"admin"},
    REVOKE: {"admin"},
    SUSPEND: {"admin"},
    REINSTATE: {"admin"},
    SET: {"admin"},
    ROLES: {"admin", "support", "service"},
    "{ accounts { edges { node { id } } } }": {"admin", "support", "service"},
    "{ auditEvents { edges { node { id } } } }": {"admin"},
}
INPUTS: dict[str, dict[str, Any]] = {
    GRANT: {"accountId": "acc_missing", "role": "ADMIN"},
    REVOKE: {"accountId": "acc_missing", "role": "ADMIN"},
    SUSPEND: {"accountId": "acc_missing", "reason": "x"},
    REINSTATE: {"accountId": "acc_missing", "reason": "x"},
    SET: {"role": "EMPEROR", "permissions": []},
}


@pytest.mark.parametrize("name", CALLERS)
async def test_each_door_opens_to_those_it_is_for(world: World, admin: SignedIn, name: str) -> None:
    caller: Caller = CALLERS[name]
    if name == "admin":
        caller = replace(caller, account_id=admin.account_id, session_id=admin.caller.session_id)

    codes = {
        door: code_of(await world.ask(door, {"input": INPUTS[door]} if door in INPUTS else {}, as_=caller))
        for door in DOORS
    }

    expected = {door: None if name in who else DENIED.get(name, "FORBIDDEN") for door, who in DOORS.items()}
    assert codes == expected
    assert await world.published() == []
