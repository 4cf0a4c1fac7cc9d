"""Data exports: everything that others show the person, in one file that its owner alone is sent, for a day."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from shared.auth import ANONYMOUS
from shared.errors import SubgraphUnavailable
from shared.events.envelope import Event
from tests.subgraphs.callers import ADMIN, service
from tests.subgraphs.harness import World, code_of
from tests.subgraphs.security.steps import PASSWORD, SignedIn, announced, change, kept, refusals

REQUEST = "mutation { requestDataExport { ok userErrors { code field } } }"
ERASE = """mutation($input: EraseAccountInput!) { eraseAccount(input: $input) { ok userErrors { code field } } }"""
ADDRESS = """query($representations: [_Any!]!) { _entities(representations: $representations) {
  ... on Account { exportUrl } } }"""


async def request(world: World, who: SignedIn) -> dict[str, Any]:
    answer = await world.ask(REQUEST, as_=who.caller)
    payload: dict[str, Any] = answer["data"]["requestDataExport"]
    return payload


async def wanted(world: World) -> Event:
    (told,) = [event for event in await world.published() if event.type == "account.export_requested"]
    return told


async def address(world: World, account_id: str) -> str | None:
    asked = {"representations": [{"__typename": "Account", "id": account_id}]}
    answer = await world.ask(ADDRESS, asked, as_=service("accounts:read", "exports:address"))
    found: str | None = answer["data"]["_entities"][0]["exportUrl"]
    return found


def pages(name: str, *rows: dict[str, Any]) -> dict[str, Any]:
    return {name: {"edges": [{"node": row} for row in rows], "pageInfo": {"hasNextPage": False, "endCursor": None}}}


@pytest.fixture
async def profile(world: World, patient: SignedIn) -> str:
    """What the other subgraphs show the patient."""
    (account,) = await kept(world, "accounts", {"_id": patient.account_id})
    user_id: str = account["profile_id"]
    held = {
        "firstName": "Asha",
        "documents": [{"name": "scan.pdf"}],
        "waitlistEntries": [],
        "notificationPreferences": {"reminders": True},
        **pages(
            "appointments",
            {"id": "apt_1", "status": "COMPLETED", "symptoms": "a cough"},
            {"id": "apt_2", "status": "EXPIRED"},
        ),
        **pages("prescriptions", {"diagnosis": "Flu"}),
        **pages("payments", {"receiptNumber": "BMC-1"}),
        **pages("notifications", {"subject": "Confirmed"}),
        **pages("accessLog", {"action": "user.read"}),
    }
    world.peers.knows("User", user_id, **held)
    world.peers.knows("Appointment", "apt_1", rating={"stars": 4})
    return user_id


async def test_the_file_has_what_each_part_shows_the_person_and_is_made_once(
    world: World, patient: SignedIn, profile: str
) -> None:
    assert await request(world, patient) == {"ok": True, "userErrors": []}
    told = await wanted(world)
    await world.redeliver(told)
    await world.redeliver(told)

    (export,) = await kept(world, "exports")
    made = orjson.loads(await world.blobs.read(f"exports/{export['_id']}.json"))
    assert made["account"]["email"] == "asha@example.com"
    assert made["account"]["profile_id"] == profile
    assert "password" not in orjson.dumps(made).decode()
    assert [session["id"] for session in made["sessions"]] == [patient.caller.session_id]
    held = made["held"]
    assert held["users"]["documents"] == [{"name": "scan.pdf"}]
    assert [row["id"] for row in held["appointments"]["appointments"]] == ["apt_1", "apt_2"]
    assert held["appointments"]["prescriptions"] == [{"diagnosis": "Flu"}]
    assert held["payments"]["payments"] == [{"receiptNumber": "BMC-1"}]
    assert held["ratings"]["ratings"] == [{"stars": 4, "appointment": {"id": "apt_1"}}]
    assert held["notifications"]["notifications"] == [{"subject": "Confirmed"}]
    assert held["security"]["accessLog"] == [{"action": "user.read"}]
    ready = [event.data for event in await world.published() if event.type == "account.export_ready"]
    assert [(data["account_id"], data["export_id"]) for data in ready] == [(patient.account_id, export["_id"])]


async def test_the_file_is_gone_after_a_day(world: World, patient: SignedIn, profile: str) -> None:
    await request(world, patient)
    await world.redeliver(await wanted(world))
    (export,) = await kept(world, "exports")
    assert await address(world, patient.account_id) is not None

    world.clock.advance(timedelta(days=1))
    assert await address(world, patient.account_id) is None
    await world.run_job("delete-exports")

    assert await kept(world, "exports") == []
    assert await world.blobs.head(f"exports/{export['_id']}.json") is None


async def test_while_a_part_is_down_nothing_is_made_and_the_event_waits(
    world: World, patient: SignedIn, profile: str
) -> None:
    await request(world, patient)
    world.peers.down.add("payments")

    with pytest.raises(SubgraphUnavailable):
        await world.redeliver(await wanted(world))

    assert await kept(world, "exports") == []
    assert "account.export_ready" not in await announced(world)


async def test_of_whoever_leaves_no_export_stays_and_none_is_made_any_more(
    world: World, patient: SignedIn, profile: str
) -> None:
    await request(world, patient)
    told = await wanted(world)
    await world.redeliver(told)
    (export,) = await kept(world, "exports")

    await change(world, ERASE, {"password": PASSWORD}, as_=patient.caller)
    await world.redeliver(told)

    assert await kept(world, "exports") == []
    assert await world.blobs.head(f"exports/{export['_id']}.json") is None


async def test_an_account_without_a_profile_has_an_export_too(world: World, admin: SignedIn) -> None:
    await request(world, admin)
    await world.redeliver(await wanted(world))

    (export,) = await kept(world, "exports")
    made = orjson.loads(await world.blobs.read(f"exports/{export['_id']}.json"))
    assert (made["account"]["email"], made["held"]) == ("admin@example.com", {})


async def test_asking_again_and_again_is_throttled_and_nobody_else_has_the_address(
    world: World, patient: SignedIn
) -> None:
    for _ in range(3):
        assert (await request(world, patient))["ok"] is True
    refused = await request(world, patient)
    assert (refused["ok"], refusals(refused)) == (False, [("TOO_MANY_ATTEMPTS", None)])

    assert code_of(await world.ask(REQUEST, as_=ANONYMOUS)) == "UNAUTHENTICATED"
    asked = {"representations": [{"__typename": "Account", "id": patient.account_id}]}
    for caller in (patient.caller, ADMIN, service("accounts:read")):
        assert code_of(await world.ask(ADDRESS, asked, as_=caller)) == "FORBIDDEN"
