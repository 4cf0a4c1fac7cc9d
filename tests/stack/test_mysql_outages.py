"""A server of our own is killed, hangs, or comes back: callers are told, nothing is half done, nobody lends a hand."""

import asyncio
import ipaddress
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import func, select, text

from shared.stores.sql import SqlStore
from shared.stores.transactions import StoreUnavailable
from subgraphs.appointments.tables import IdempotencyRow
from tests.shared.stores.databases import MYSQL_URL, mysql_database
from tests.stack.cuts import way_to
from tests.stack.servers.mariadb import MariaDb
from tests.subgraphs.appointments.asking import BOOK, SLOTS, booked, codes, kinds, publish, weekly
from tests.subgraphs.appointments.conftest import FEE
from tests.subgraphs.appointments.reserved import appointments
from tests.subgraphs.callers import DOCTOR, PATIENT
from tests.subgraphs.harness import World, code_of

pytestmark = pytest.mark.skipif(not MYSQL_URL, reason="MYSQL_URL names no server")

UNAVAILABLE = "SUBGRAPH_UNAVAILABLE"
AT_ONCE = 8
BOOKINGS = 160


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MariaDb]:
    server = MariaDb(tmp_path / "mariadb")
    server.install()
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def world(server: MariaDb, mongo_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A doctor with every half hour of weeks to give."""
    with mysql_database(server.url) as url:
        world = await World.open("appointments", mongo_url=mongo_url, folder=tmp_path, sql_url=url)
        assert DOCTOR.doctor_id is not None
        world.peers.knows(
            "Doctor", DOCTOR.doctor_id, status="ACTIVE", timeZone="UTC", consultationFee=FEE, lastName="Rao"
        )
        await publish(world, weekly=weekly("00:00", "24:00"), horizonDays=60)
        yield world
        await world.close()


def slot(number: int) -> str:
    at = datetime(2026, 11, 24, tzinfo=UTC) + number * timedelta(minutes=30)
    return at.isoformat().replace("+00:00", "Z")


async def try_to_book(world: World, number: int) -> str:
    """Answer the appointment's id, or the code of what went wrong."""
    patient = replace(PATIENT, account_id=f"acc_{number}", user_id=f"usr_{number}")
    input_ = {"doctorId": DOCTOR.doctor_id, "startsAt": slot(number), "idempotencyKey": f"key {number}"}
    answer = await world.ask(BOOK, {"input": input_}, as_=patient)
    code = code_of(answer)
    if code is not None:
        return code
    payload = answer["data"]["bookAppointment"]
    assert codes(payload) == []
    return str(payload["appointment"]["id"])


async def list_slots(world: World) -> str | None:
    """Answer the code of what went wrong with a plain read."""
    variables = {
        "r": [{"__typename": "Doctor", "id": DOCTOR.doctor_id}],
        "from": "2026-11-24",
        "to": "2026-11-24",
    }
    return code_of(await world.ask(SLOTS, variables))


async def test_during_an_outage_callers_are_told_and_afterwards_everything_works(server: MariaDb, world: World) -> None:
    before = await booked(world, slot(0))
    server.kill()

    told = await asyncio.gather(*(try_to_book(world, number) for number in range(1, 9)))
    assert set(told) == {UNAVAILABLE}
    assert await list_slots(world) == UNAVAILABLE
    server.start()

    assert await list_slots(world) is None
    again = await asyncio.gather(*(try_to_book(world, number) for number in range(1, 9)))
    assert UNAVAILABLE not in again
    assert {row.id for row in await appointments(world)} == {before, *again}
    assert (await kinds(world)).count("appointment.booked") == 9


async def test_a_restart_that_nobody_saw_costs_no_request(server: MariaDb, world: World) -> None:
    await asyncio.gather(*(try_to_book(world, number) for number in range(AT_ONCE)))
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.start)

    answers = await asyncio.gather(*(try_to_book(world, AT_ONCE + number) for number in range(AT_ONCE)))

    assert UNAVAILABLE not in answers
    assert await list_slots(world) is None


async def test_kills_under_load_leave_nothing_half_written_and_nothing_lost(server: MariaDb, world: World) -> None:
    answers: dict[int, list[str]] = {number: [] for number in range(BOOKINGS)}

    async def book_all(*, killing: bool) -> None:
        numbers = iter(range(BOOKINGS))

        async def patient() -> None:
            for number in numbers:
                answers[number].append(await try_to_book(world, number))
                if killing and number == BOOKINGS // 3:
                    server.kill()
                if killing and number == BOOKINGS // 2:
                    server.start()

        await asyncio.gather(*(patient() for _ in range(AT_ONCE)))

    for _ in range(2):
        await book_all(killing=True)
        said = set(chain.from_iterable(answers.values()))
        assert UNAVAILABLE in said
        kept = {row.id for row in await appointments(world)}
        assert said - {UNAVAILABLE} <= kept
        assert (await kinds(world)).count("appointment.booked") == len(kept) == await count_keys(world)

    await book_all(killing=False)

    assert {len(set(told) - {UNAVAILABLE}) for told in answers.values()} == {1}
    last = [told[-1] for told in answers.values()]
    assert sorted(row.id for row in await appointments(world)) == sorted(last)
    await assert_each_is_announced_once(world)


async def count_keys(world: World) -> int:
    (sql, _) = world.subgraph.stores
    assert isinstance(sql, SqlStore)
    async with sql.reading() as session:
        return await session.scalar(select(func.count()).select_from(IdempotencyRow)) or 0


async def assert_each_is_announced_once(world: World) -> None:
    rows = await appointments(world)
    told = Counter(event.subject for event in await world.published() if event.type == "appointment.booked")
    assert told == Counter(row.id for row in rows)


async def test_a_server_that_hangs_is_given_up_on_and_taken_back(server: MariaDb) -> None:
    with mysql_database(server.url) as url:
        store = await SqlStore.open(url, answer_seconds=1.0)
        await asyncio.gather(*(look(store) for _ in range(4)))
        server.pause()

        told = await asyncio.gather(*(look(store) for _ in range(40)), return_exceptions=True)
        assert {type(each) for each in told} == {StoreUnavailable}
        server.resume()

        await asyncio.gather(*(look(store) for _ in range(40)))
        await store.close()


async def look(store: SqlStore) -> None:
    async def work() -> None:
        await store.session.execute(text("SELECT 1"))

    await store.transaction(work)


@pytest.mark.parametrize("waits_for", ["the server", "something else"])
async def test_who_is_cut_off_within_a_transaction_is_told_and_keeps_no_lock_from_others(
    server: MariaDb, waits_for: str
) -> None:
    with mysql_database(server.url) as url, way_to(url) as (way, led):
        store, cut_off = await SqlStore.open(url), await SqlStore.open(led, answer_seconds=1.0)

        async def change() -> None:
            await store.session.execute(text("UPDATE things SET name = 'theirs'"))

        async def begin_to_change() -> None:
            await cut_off.session.execute(text("UPDATE things SET name = 'of who is cut off'"))
            way.cut()
            if waits_for == "the server":
                await cut_off.session.execute(text("SELECT 1"))
            await asyncio.Event().wait()

        async with store.engine.begin() as connection:
            await connection.execute(text("CREATE TABLE things (name VARCHAR(64))"))
            await connection.execute(text("INSERT INTO things VALUES ('nobody''s')"))
        with pytest.raises(StoreUnavailable):
            await cut_off.transaction(begin_to_change)

        await store.transaction(change)

        await cut_off.close()
        await store.close()


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_a_transaction_that_loses_its_server_is_told_so_on_every_loop(
    server: MariaDb, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    with mysql_database(server.url) as url, asyncio.Runner(loop_factory=loop) as runner:
        runner.run(lose_the_server(server, url))


def lose_the_server(server: MariaDb, url: str) -> Coroutine[Any, Any, None]:
    async def scenario() -> None:
        store = await SqlStore.open(url)

        async def between_statements() -> None:
            await store.session.execute(text("SELECT 1"))
            await asyncio.to_thread(server.kill)
            await store.session.execute(text("SELECT 1"))

        async def within_a_statement() -> None:
            killing = asyncio.create_task(asyncio.to_thread(server.kill))
            await store.session.execute(text("SELECT SLEEP(60)"))
            await killing

        for work in (between_statements, within_a_statement):
            with pytest.raises(StoreUnavailable):
                await store.transaction(work)
            with pytest.raises(StoreUnavailable):
                await look(store)
            await asyncio.to_thread(server.start)
            await look(store)
        await store.close()

    return scenario()


async def test_a_connection_is_encrypted_and_only_to_a_server_with_the_right_certificate(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    server = MariaDb(tmp_path / "mariadb", f"--ssl-cert={certificate}", f"--ssl-key={key}")
    server.install()
    server.start()
    with mysql_database(server.url) as url:
        store = await SqlStore.open(f"{url}?tls={certificate}")
        async with store.reading() as session:
            (_, cipher) = (await session.execute(text("SHOW STATUS LIKE 'Ssl_cipher'"))).one()
        await store.close()
        assert cipher.startswith("TLS_")
        stranger = await SqlStore.open(f"{url}?tls=1")
        with pytest.raises(StoreUnavailable):
            await look(stranger)
        await stranger.close()
    server.stop()


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate of 127.0.0.1 that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "server.pem").write_bytes(made.public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.key").write_bytes(secret)
    return folder / "server.pem", folder / "server.key"
