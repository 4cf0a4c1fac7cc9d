"""Bookings: the service over the bare driver doing the same statements, and a rush on one slot through the API.

The service is the real one on its real store, a SQLite file; the other subgraphs are stood in for. Each round books
on a new file, then does what was recorded again on a copy of the file as it was before.
"""

import asyncio
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.figures import Row, cpu_seconds, median, percentile, report
from bench.platforms import MeasuredPlatform
from bench.statements import AsyncDriver, BareDriver, Recorder, Transaction, work_number
from shared.clients.entities import EntityClient
from shared.clock import SystemClock
from shared.stores.migrations import migrate
from shared.stores.sql import SqlStore
from subgraphs.appointments.app import MIGRATIONS
from subgraphs.appointments.repository import (
    AppointmentRepository,
    AvailabilityRepository,
    IdempotencyRepository,
    ReservationRepository,
    WaitlistRepository,
)
from subgraphs.appointments.service.booking import Booking, Calendar, Wish
from subgraphs.appointments.service.changes import Changes
from subgraphs.appointments.service.doctors import Doctors
from subgraphs.appointments.service.keys import Keys
from subgraphs.appointments.service.listing import Listing
from subgraphs.appointments.service.placement import Placement
from subgraphs.appointments.tables import AvailabilityRow
from tests.stories.client import Client
from tests.stories.people import a_doctor, a_patient, book
from tests.stories.running_platform import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.subgraphs.callers import PATIENT
from tests.subgraphs.harness import URLS
from tests.subgraphs.peers import Peers

AT_ONCE = 16
ROUNDS = 3
BOOKINGS = 400
DOCTORS = 40
RUSH = 200
PATIENTS = 20
FEE = {"amount": "499.00", "currency": "INR"}


@dataclass(frozen=True, slots=True)
class Pace:
    """How quickly something was done, and at what CPU each."""

    a_second: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Round:
    """The same bookings by the service, by aiosqlite and by sqlite3."""

    ours: Pace
    driver: Pace
    bare: Pace
    statements: float


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bmc-bench-") as folder:
        rounds = [uvloop.run(one_round(Path(folder), number)) for number in range(ROUNDS)]
        rows = [*service_rows(rounds), *uvloop.run(rush(Path(folder) / "home"))]
    report("booking", rows, store="SQLite file, WAL, synchronous=FULL", at_once=AT_ONCE, rush=RUSH, patients=PATIENTS)


def service_rows(rounds: Sequence[Round]) -> list[Row]:
    share = median([one.ours.a_second / one.driver.a_second for one in rounds])
    cpu = median([one.driver.cpu_ms / one.ours.cpu_ms for one in rounds])
    return [
        Row("bookings by the service", median([one.ours.a_second for one in rounds]), "/s"),
        Row("the same by aiosqlite", median([one.driver.a_second for one in rounds]), "/s"),
        Row("the same by sqlite3, one after another", median([one.bare.a_second for one in rounds]), "/s"),
        Row("statements of a booking", median([one.statements for one in rounds]), ""),
        Row("CPU of a booking", median([one.ours.cpu_ms for one in rounds]), "ms"),
        Row("CPU of the same by aiosqlite", median([one.driver.cpu_ms for one in rounds]), "ms"),
        Row("CPU of the same by sqlite3", median([one.bare.cpu_ms for one in rounds]), "ms"),
        Row("share of aiosqlite's bookings/s", share, "x", ">= 0.5"),
        Row("aiosqlite's CPU over ours", cpu, "x"),
    ]


async def one_round(folder: Path, number: int) -> Round:
    path = folder / f"booking-{number}.db"
    store = await prepared(path)
    for copy in ("driver", "bare"):
        shutil.copy(path, folder / f"{copy}-{number}.db")
    recorder = Recorder()
    recorder.listen(store, reading_engine(store))
    booking, wishes = booking_on(store), wishes_for(BOOKINGS)

    async def book_one(place: int) -> None:
        work_number.set(place)
        caller = replace(PATIENT, account_id=f"acc_{place}", user_id=f"usr_{place}")
        answer = await booking.book(caller, wishes[place])
        assert answer.appointment is not None, answer

    ours = await paced(book_one)
    await store.close()
    recorded = [recorder.recorded[place] for place in range(BOOKINGS)]
    driver = AsyncDriver(folder / f"driver-{number}.db")
    await driver.open()
    by_driver = await paced(lambda place: driver.do(recorded[place]))
    await driver.close()
    statements = median([sum(len(one.statements) for one in work) for work in recorded])
    return Round(ours, by_driver, bare_pace(folder / f"bare-{number}.db", recorded), statements)


async def prepared(path: Path) -> SqlStore:
    """Open a new store in which every doctor has published all hours; the file is whole (no WAL) when it answers."""
    url = f"sqlite+aiosqlite:///{path}"
    await migrate(url, MIGRATIONS)
    store = await SqlStore.open(url)
    rows = [
        {
            "doctor_id": f"doc_{number}",
            "weekly": [[day, 0, 1440] for day in range(7)],
            "slot_minutes": 30,
            "buffer_minutes": 0,
            "minimum_notice_minutes": 0,
            "horizon_days": 60,
            "version": 1,
            "changed_at": datetime.now(UTC),
        }
        for number in range(DOCTORS)
    ]

    async def work() -> None:
        await store.session.execute(insert(AvailabilityRow), rows)

    await store.transaction(work)
    async with store.engine.connect() as connection:
        await connection.exec_driver_sql("COMMIT")
        await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        await connection.exec_driver_sql("BEGIN")
    return store


def reading_engine(store: SqlStore) -> AsyncEngine:
    return store._reading  # noqa: SLF001  The bench looks at what the store does with its driver.


def booking_on(store: SqlStore) -> Booking:
    """Wire the booking as the subgraph's app does, the other subgraphs stood in for."""
    clock, peers = SystemClock(), Peers()
    for number in range(DOCTORS):
        peers.knows("Doctor", f"doc_{number}", status="ACTIVE", timeZone="UTC", consultationFee=FEE)

    async def token() -> str:
        return "peers do not look"

    entities = EntityClient(peers, URLS, token, clock)
    doctors, changes = Doctors(entities), Changes(store, clock)
    appointments, reservations = AppointmentRepository(store), ReservationRepository(store)
    availability = AvailabilityRepository(store)
    return Booking(
        store,
        appointments,
        reservations,
        calendar=Calendar(availability, clock),
        keys=Keys(IdempotencyRepository(store), appointments, clock),
        placement=Placement(reservations, appointments, WaitlistRepository(store), changes=changes, clock=clock),
        changes=changes,
        doctors=doctors,
        listing=Listing(doctors, availability, reservations, clock),
        entities=entities,
        clock=clock,
        hold=timedelta(minutes=15),
    )


def wishes_for(count: int) -> list[Wish]:
    """Make wishes of which each can be fulfilled."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return [
        Wish(
            f"doc_{place % DOCTORS}", midnight + timedelta(minutes=30 * (place // DOCTORS)), None, None, f"key {place}"
        )
        for place in range(count)
    ]


async def paced(work: Callable[[int], Awaitable[None]]) -> Pace:
    """Do every piece of work, AT_ONCE at a time."""
    places = iter(range(BOOKINGS))

    async def worker() -> None:
        for place in places:
            await work(place)

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return Pace(BOOKINGS / (time.perf_counter() - began), (time.process_time() - cpu) / BOOKINGS * 1000)


def bare_pace(path: Path, recorded: Sequence[list[Transaction]]) -> Pace:
    bare = BareDriver(path)
    began, cpu = time.perf_counter(), time.process_time()
    for transactions in recorded:
        bare.do(transactions)
    pace = Pace(BOOKINGS / (time.perf_counter() - began), (time.process_time() - cpu) / BOOKINGS * 1000)
    bare.close()
    return pace


async def rush(home: Path) -> list[Row]:
    """Let everybody ask for the same slot at once, through a running platform's API."""
    platform = MeasuredPlatform(home)
    await asyncio.to_thread(platform.timed_start)
    try:
        async with Client(platform.url) as anyone:
            admin = await anyone.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD)
            doctor = await a_doctor(anyone, admin)
            patients = [await a_patient(anyone, f"Rush{number}") for number in range(PATIENTS)]
            answers: list[dict[str, Any] | Exception] = []
            waits: list[float] = []

            async def one(place: int) -> None:
                began = time.perf_counter()
                try:
                    answers.append(await book(patients[place % PATIENTS], doctor, doctor.slots[3]))
                except Exception as error:  # noqa: BLE001  Whatever fails is counted.
                    answers.append(error)
                waits.append(time.perf_counter() - began)

            cpu = cpu_seconds(platform.pid)
            await asyncio.gather(*(one(place) for place in range(RUSH)))
            cpu = cpu_seconds(platform.pid) - cpu
    finally:
        await asyncio.to_thread(platform.stop)
    return [*rush_rows(answers, waits), Row("rush: CPU of the platform for each request", cpu / RUSH * 1000, "ms")]


def rush_rows(answers: Sequence[dict[str, Any] | Exception], waits: Sequence[float]) -> list[Row]:
    payloads = [answer for answer in answers if isinstance(answer, dict)]
    codes = Counter(error["code"] for payload in payloads for error in payload["userErrors"])
    # The winner's own other requests meet the winner's appointment first.
    others = len(answers) - len(payloads) + codes.total() - codes["SLOT_UNAVAILABLE"] - codes["PATIENT_DOUBLE_BOOKING"]
    return [
        Row("rush: winners", sum(1 for payload in payloads if payload["appointment"]), "", "== 1"),
        Row("rush: refused, the slot being gone", codes["SLOT_UNAVAILABLE"] + codes["PATIENT_DOUBLE_BOOKING"], ""),
        Row("rush: other errors", others, "", "== 0"),
        Row("rush: p50", percentile(waits, 0.5), "s"),
        Row("rush: p99", percentile(waits, 0.99), "s", "< 2"),
    ]


if __name__ == "__main__":
    main()
