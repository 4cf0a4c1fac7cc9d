"""The primary key has the last word: a tick is one holder's, whatever was looked at before."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from shared.clock import ManualClock
from shared.stores.migrations import migrate
from shared.stores.sql import SqlStore
from shared.stores.sql_connections import Connections
from subgraphs.appointments.app import MIGRATIONS
from subgraphs.appointments.repository import KeyUsed, ReservationRepository, TicksTaken
from subgraphs.appointments.repository.idempotency import IdempotencyRepository
from tests.shared.stores.databases import MYSQL_URL
from tests.subgraphs.appointments.asking import booked, publish
from tests.subgraphs.callers import DOCTOR
from tests.subgraphs.harness import MONDAY, World


@pytest.fixture
async def store(sql_url: str) -> AsyncIterator[SqlStore]:
    await migrate(sql_url, MIGRATIONS)
    store = await SqlStore.open(sql_url, clock=ManualClock(MONDAY))
    yield store
    await store.close()


async def test_a_tick_that_is_taken_cannot_be_taken_again_and_nothing_of_the_attempt_is_kept(store: SqlStore) -> None:
    reservations = ReservationRepository(store)
    await store.transaction(lambda: reservations.take([("doc_a", range(10, 16))], "apt_1", None))

    with pytest.raises(TicksTaken):
        await store.transaction(
            lambda: reservations.take([("doc_a", range(4, 11)), ("usr_b", range(4, 11))], "apt_2", None)
        )

    assert await reservations.busy(["doc_a", "usr_b"], 0, 100, MONDAY) == {"doc_a": set(range(10, 16)), "usr_b": set()}


async def test_neighbours_and_other_owners_do_not_collide(store: SqlStore) -> None:
    reservations = ReservationRepository(store)
    for holder, owner, ticks in (
        ("apt_1", "doc_a", range(10, 16)),
        ("apt_2", "doc_a", range(16, 20)),
        ("apt_3", "doc_b", range(10, 16)),
    ):
        wanted = [(owner, ticks)]
        await store.transaction(lambda wanted=wanted, holder=holder: reservations.take(wanted, holder, None))  # type: ignore[misc]  # mypy does not infer a lambda's defaults.

    busy = await reservations.busy(["doc_a", "doc_b"], 0, 100, MONDAY)
    assert busy == {"doc_a": set(range(10, 20)), "doc_b": set(range(10, 16))}


async def test_a_key_is_used_once(store: SqlStore) -> None:
    keys = IdempotencyRepository(store)

    async def use(appointment_id: str) -> None:
        await keys.add("acc_1", "book", "key", fingerprint="f", appointment_id=appointment_id, now=MONDAY)

    await store.transaction(lambda: use("apt_1"))

    with pytest.raises(KeyUsed):
        await store.transaction(lambda: use("apt_2"))
    used = await keys.find("acc_1", "book", "key")
    assert used is not None
    assert used.appointment_id == "apt_1"


@pytest.mark.skipif(bool(MYSQL_URL), reason="SQLite tells what it runs; the statements are the same")
async def test_a_booking_is_five_statements_and_a_commit_and_a_page_of_doctors_three(world: World) -> None:
    await publish(world)
    (sql, _) = world.subgraph.stores
    assert isinstance(sql, SqlStore)
    written, read = await told(sql.engines.writing), await told(sql.engines.reading)

    await booked(world)

    assert written == [
        "BEGIN IMMEDIATE",
        "INSERT INTO idempotency_keys",
        "SELECT availabilities",
        "INSERT INTO reservations",
        "INSERT INTO appointments",
        "INSERT INTO outbox",
        "COMMIT",
    ]
    assert read == ["SELECT reservations"]
    for number in range(20):
        world.peers.knows("Doctor", f"doc_{number}", **world.peers.entities["Doctor"]["doc_doctor"])
        await publish(world, as_=replace(DOCTOR, account_id=f"acc_{number}", doctor_id=f"doc_{number}"))
    read.clear()

    await world.ask(
        "query($r: [_Any!]!) { _entities(representations: $r) { ... on Doctor { nextAvailableSlot { startsAt } } } }",
        {"r": [{"__typename": "Doctor", "id": f"doc_{number}"} for number in range(20)]},
    )

    assert read == ["SELECT availabilities", "SELECT day_overrides", "SELECT reservations"]


async def told(connections: Connections) -> list[str]:
    """Collect what SQLite runs on a connection from now on; the many rows of one insertion are told once."""
    found: list[str] = []

    def note(statement: str) -> None:
        words = statement.replace(".", " ").split()
        short = " ".join(words[: 2 if words[0] == "SELECT" else 3])
        # The connection's patience is set around each beginning.
        if words[0] != "PRAGMA" and found[-1:] != [short]:
            found.append(short)

    async with connections.taken() as made:
        driver: Any = made.driver_connection
        driver.open.set_trace_callback(note)
    return found
