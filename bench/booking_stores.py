"""Where bookings are measured: a SQLite file, or a database of MariaDB's, each with a twin for the driver alone."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bench.statements import BareDriver, Driver, MysqlDriver, SqliteDriver
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
from subgraphs.appointments.service.booking import Booking, Calendar
from subgraphs.appointments.service.changes import Changes
from subgraphs.appointments.service.doctors import Doctors
from subgraphs.appointments.service.keys import Keys
from subgraphs.appointments.service.listing import Listing
from subgraphs.appointments.service.placement import Placement
from subgraphs.appointments.tables import AvailabilityRow
from tests.shared.stores.databases import MYSQL_URL, mysql_database
from tests.stack.servers.mariadb import MariaDb
from tests.subgraphs.harness import URLS
from tests.subgraphs.peers import Peers

DOCTORS = 40
FEE = {"amount": "499.00", "currency": "INR"}


@dataclass(frozen=True, slots=True)
class Place:
    """A store to book on, and the drivers that do the same on twins of it; the first one is the peer."""

    store: SqlStore
    drivers: dict[str, Driver]


@contextmanager
def mariadb_server(folder: Path) -> Iterator[str]:
    """Give the server of MYSQL_URL, else one of our own; raises CannotInstall."""
    if MYSQL_URL:
        yield MYSQL_URL
        return
    server = MariaDb(folder)
    server.install()
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


@asynccontextmanager
async def sqlite_place(folder: Path) -> AsyncIterator[Place]:
    """Make a new file and its twins."""
    path = folder / "booking.db"
    store = await _prepared(f"sqlite+aiosqlite:///{path}")
    async with store.engine.connect() as connection:
        # Whole, without a log beside it, so that it can be copied.
        await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    twins = [Path(shutil.copy(path, folder / f"{name}.db")) for name in ("aiosqlite", "sqlite3")]
    yield Place(store, {"aiosqlite": SqliteDriver(twins[0]), "sqlite3": BareDriver(twins[1])})
    await store.close()


@asynccontextmanager
async def mariadb_place(server: str, at_once: int) -> AsyncIterator[Place]:
    """Make a new database and its twin."""
    with mysql_database(server) as url, mysql_database(server) as twin:
        await (await _prepared(twin)).close()
        store = await _prepared(url)
        yield Place(store, {"aiomysql": MysqlDriver(twin, at_once)})
        await store.close()


async def _prepared(url: str) -> SqlStore:
    """Open a new store in which every doctor has published all hours."""
    await migrate(url, MIGRATIONS)
    store = await SqlStore.open(url)
    rows: list[dict[str, Any]] = [
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
    return store


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
