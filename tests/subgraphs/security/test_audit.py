"""The audit trail: chained once for each event, listed to those who may, and verified."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.audit import AuditRecorded
from shared.auth import ANONYMOUS, Caller
from shared.events.declared import check_contract, event, export_schema
from subgraphs.security.consumers import AuditRecorded as AuditRecordedRead
from subgraphs.security.service import Anchor, SecurityService
from tests.subgraphs.callers import ADMIN, DOCTOR, EXPIRED, OTHER_PATIENT, PATIENT, SUPPORT, service
from tests.subgraphs.harness import World, code_of
from tests.subgraphs.security.steps import SignedIn, kept

EVENTS = """query($filter: AuditEventFilter, $first: Int, $after: String) {
  auditEvents(filter: $filter, first: $first, after: $after) {
    edges { node { id at actor { id email } action resourceType resourceId outcome } }
    pageInfo { hasNextPage endCursor } } }"""
LOG = """query($representations: [_Any!]!) { _entities(representations: $representations) {
  ... on User { accessLog(first: 2) { edges { node { action actor { id roles } } } pageInfo { hasNextPage } } } } }"""
LOG_WITH_EMAIL = """query($representations: [_Any!]!) { _entities(representations: $representations) {
  ... on User { accessLog { edges { node { action actor { id email } } } } } } }"""


def security(world: World) -> SecurityService:
    found = world.subgraph.service
    assert isinstance(found, SecurityService)
    return found


async def record(world: World, action: str = "prescription.read", **rest: Any) -> str:
    data: dict[str, Any] = {
        "actor_id": "acc_doctor",
        "resource_type": "Prescription",
        "resource_id": "prx_1",
        "user_id": "usr_patient",
        **rest,
    }
    delivered = await world.deliver("appointments", data["resource_id"], AuditRecorded(action=action, **data))
    return delivered.id


async def listed(world: World, *, as_: Caller = ADMIN, **variables: Any) -> list[str]:
    answer = await world.ask(EVENTS, variables, as_=as_)
    return [edge["node"]["action"] for edge in answer["data"]["auditEvents"]["edges"]]


async def break_it(world: World, number: int, **changes: Any) -> None:
    database = world.subgraph.stores[0].database  # type: ignore[attr-defined]  # It is a MongoStore.
    await database["audit"].update_one({"_id": number}, {"$set": changes})


async def remove(world: World, *numbers: int) -> None:
    database = world.subgraph.stores[0].database  # type: ignore[attr-defined]  # It is a MongoStore.
    await database["audit"].delete_many({"_id": {"$in": list(numbers)}})


def test_what_is_read_of_a_record_is_what_every_subgraph_promises() -> None:
    assert check_contract({"audit.recorded": AuditRecordedRead}, [export_schema([AuditRecorded])]) == []


async def test_a_record_is_listed_with_who_what_which_when_and_outcome(world: World, admin: SignedIn) -> None:
    event_id = await record(world, actor_id=admin.account_id, outcome="refused")

    answer = await world.ask(EVENTS, as_=ADMIN)

    (edge,) = answer["data"]["auditEvents"]["edges"]
    assert edge["node"] == {
        "id": event_id,
        "at": "2026-11-23T04:00:00Z",
        "actor": {"id": admin.account_id, "email": "admin@example.com"},
        "action": "prescription.read",
        "resourceType": "Prescription",
        "resourceId": "prx_1",
        "outcome": "refused",
    }


async def test_a_record_delivered_twice_is_one_link(world: World) -> None:
    delivered = event("users", "usr_1", _deed(), world.clock)

    for _ in range(3):
        await world.redeliver(delivered)

    assert [link["event_id"] for link in await kept(world, "audit")] == [delivered.id]


def _deed() -> AuditRecorded:
    return AuditRecorded(actor_id="acc_1", action="user.read", resource_type="User", resource_id="usr_1")


async def test_records_that_come_at_once_form_one_chain(world: World) -> None:
    await asyncio.gather(*(record(world, resource_id=f"prx_{number}") for number in range(30)))

    links = await kept(world, "audit")
    assert [link["_id"] for link in links] == list(range(1, 31))
    assert [link["previous_hash"] for link in links] == ["", *(link["hash"] for link in links[:-1])]
    verdict = await security(world).verify_chain()
    assert (verdict.intact, verdict.links, verdict.head) == (True, 30, Anchor(30, links[-1]["hash"]))


async def test_an_empty_trail_is_intact(world: World) -> None:
    verdict = await security(world).verify_chain()

    assert (verdict.intact, verdict.links, verdict.head) == (True, 0, Anchor(0, ""))


@pytest.mark.parametrize(
    "changes",
    [
        {"actor_id": "acc_somebody"},
        {"user_id": None},
        {"outcome": "refused"},
        {"hash": "0" * 64},
        {"event_id": "evt_x"},
    ],
)
async def test_a_changed_link_is_found(world: World, changes: dict[str, Any]) -> None:
    for number in range(4):
        await record(world, resource_id=f"prx_{number}")

    await break_it(world, 3, **changes)

    verdict = await security(world).verify_chain()
    assert (verdict.intact, verdict.broken_at, verdict.links) == (False, 3, 2)
    assert verdict.reason == "its content is not what was recorded"


@pytest.mark.parametrize(("gone", "reason"), [((2,), "a link is missing"), ((4,), "the trail was cut off here")])
async def test_a_missing_link_is_found(world: World, gone: tuple[int, ...], reason: str) -> None:
    for number in range(4):
        await record(world, resource_id=f"prx_{number}")

    await remove(world, *gone)

    verdict = await security(world).verify_chain()
    assert (verdict.broken_at, verdict.reason) == (gone[0], reason)


async def test_a_trail_whose_head_was_moved_back_is_found_by_an_anchor(world: World) -> None:
    for number in range(4):
        await record(world, resource_id=f"prx_{number}")
    written_down = (await security(world).verify_chain()).head
    links = await kept(world, "audit")
    database = world.subgraph.stores[0].database  # type: ignore[attr-defined]  # It is a MongoStore.

    await remove(world, 3, 4)
    await database["audit_head"].update_one({"_id": "head"}, {"$set": {"number": 2, "hash": links[1]["hash"]}})

    assert (await security(world).verify_chain()).intact
    assert (await security(world).verify_chain(written_down)).broken_at == 3
    await record(world)
    await record(world, resource_id="prx_9")
    assert (await security(world).verify_chain(written_down)).broken_at == 4


async def test_a_trail_runs_on_through_an_anchor(world: World) -> None:
    await record(world)
    written_down = (await security(world).verify_chain()).head
    await record(world, resource_id="prx_2")

    assert (await security(world).verify_chain(written_down)).intact
    assert not (await security(world).verify_chain(Anchor(1, "0" * 64))).intact


async def test_events_are_filtered_and_paged_latest_first(world: World) -> None:
    for number in range(1, 4):
        await record(world, f"deed.{number}", actor_id=f"acc_{number % 2}", resource_id=f"prx_{number}")
        world.clock.advance(timedelta(hours=1))

    assert await listed(world) == ["deed.3", "deed.2", "deed.1"]
    assert await listed(world, filter={"actorId": "acc_1"}) == ["deed.3", "deed.1"]
    assert await listed(world, filter={"resourceId": "prx_2"}) == ["deed.2"]
    assert await listed(world, filter={"action": "deed.1"}) == ["deed.1"]
    span = {"since": "2026-11-23T05:00:00Z", "until": "2026-11-23T06:00:00Z"}
    assert await listed(world, filter=span) == ["deed.2"]
    first = await world.ask(EVENTS, {"first": 2}, as_=ADMIN)
    info = first["data"]["auditEvents"]["pageInfo"]
    assert info["hasNextPage"] is True
    assert await listed(world, first=2, after=info["endCursor"]) == ["deed.1"]


def log_of(*user_ids: str) -> dict[str, Any]:
    return {"representations": [{"__typename": "User", "id": user_id} for user_id in user_ids]}


async def test_a_patient_sees_who_opened_their_record_but_no_address(world: World, admin: SignedIn) -> None:
    await record(world, "user.read", actor_id=admin.account_id)
    await record(world, "user.read", user_id="usr_other_patient")

    answer = await world.ask(LOG, log_of("usr_patient"), as_=PATIENT)
    with_email = await world.ask(LOG_WITH_EMAIL, log_of("usr_patient"), as_=PATIENT)

    assert answer["data"]["_entities"][0]["accessLog"] == {
        "edges": [{"node": {"action": "user.read", "actor": {"id": admin.account_id, "roles": ["ADMIN"]}}}],
        "pageInfo": {"hasNextPage": False},
    }
    assert code_of(with_email) == "FORBIDDEN"
    assert with_email["data"]["_entities"][0]["accessLog"]["edges"][0]["node"]["actor"] is None


async def test_logs_of_several_patients_are_cut_each_for_itself(world: World) -> None:
    for number in range(3):
        await record(world, f"deed.{number}")
    await record(world, "deed.9", user_id="usr_other_patient")

    answer = await world.ask(LOG, log_of("usr_patient", "usr_other_patient", "usr_nobody"), as_=ADMIN)

    logs = [user["accessLog"] for user in answer["data"]["_entities"]]
    assert [[edge["node"]["action"] for edge in log["edges"]] for log in logs] == [["deed.2", "deed.1"], ["deed.9"], []]
    assert [log["pageInfo"]["hasNextPage"] for log in logs] == [True, False, False]


async def test_an_access_log_is_its_patients_and_the_auditors(world: World) -> None:
    async def code(caller: Caller) -> str | None:
        return code_of(await world.ask(LOG, log_of("usr_patient"), as_=caller))

    assert [await code(caller) for caller in (ANONYMOUS, EXPIRED)] == ["UNAUTHENTICATED"] * 2
    for caller in (OTHER_PATIENT, DOCTOR, SUPPORT, service("users:read")):
        assert await code(caller) == "FORBIDDEN"
    assert [await code(caller) for caller in (PATIENT, ADMIN)] == [None, None]
