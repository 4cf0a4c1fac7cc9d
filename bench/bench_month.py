"""A doctor's month: listing its free slots with 5,000 appointments in it over the same with 50.

The service is the real one on its real store, a SQLite file and a database of MariaDB's. Slots are five minutes long
and offered around the clock, or 5,000 would not fit. The two doctors take turns.
"""

import tempfile
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import uvloop
from sqlalchemy import insert

from bench.booking_stores import Place, mariadb_place, mariadb_server, sqlite_place
from bench.figures import Row, percentile, report
from shared.clients.entities import EntityClient
from shared.clock import SystemClock
from shared.stores.sql import SqlStore
from subgraphs.appointments.repository import AvailabilityRepository, ReservationRepository
from subgraphs.appointments.service.doctors import Doctors
from subgraphs.appointments.service.listing import Listing
from subgraphs.appointments.service.ticks import tick_of
from subgraphs.appointments.tables import AvailabilityRow, ReservationRow
from tests.stack.servers.server import CannotInstall
from tests.subgraphs.harness import URLS
from tests.subgraphs.peers import Peers

DAYS = 31
TICKS_A_DAY = 288
APPOINTMENTS = {"few": 50, "many": 5_000}
LISTINGS = 100
A_STATEMENT = 500


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bmc-bench-") as folder, ExitStack() as servers:
        rows = uvloop.run(month_rows("SQLite", sqlite_place(Path(folder))))
        try:
            server = servers.enter_context(mariadb_server(Path(folder) / "mariadb"))
        except CannotInstall as error:
            print(f"MariaDB is not measured: {error}")
        else:
            rows += uvloop.run(month_rows("MariaDB", mariadb_place(server, 1)))
    report("month", rows, days=DAYS, appointments=str(APPOINTMENTS), listings=LISTINGS)


async def month_rows(name: str, opening: AbstractAsyncContextManager[Place]) -> list[Row]:
    async with opening as place:
        first = datetime.now(UTC).date() + timedelta(days=1)
        for doctor_id, appointments in APPOINTMENTS.items():
            await fill(place.store, doctor_id, appointments, first)
        listing = listing_on(place.store)
        waits: dict[str, list[float]] = {doctor_id: [] for doctor_id in APPOINTMENTS}
        for _ in range(LISTINGS):
            for doctor_id, appointments in APPOINTMENTS.items():
                began = time.perf_counter()
                (slots,) = await listing.slots([doctor_id], first, first + timedelta(days=DAYS - 1))
                waits[doctor_id].append(time.perf_counter() - began)
                assert len(slots) == DAYS * TICKS_A_DAY - appointments, len(slots)
    few, many = (percentile(waits[doctor_id], 0.95) * 1000 for doctor_id in APPOINTMENTS)
    return [
        Row(f"{name}: p95 of a month with 50 appointments", few, "ms"),
        Row(f"{name}: p95 of a month with 5,000 appointments", many, "ms"),
        Row(f"{name}: the second over the first", many / few, "x", "<= 1.5"),
    ]


async def fill(store: SqlStore, doctor_id: str, appointments: int, first: date) -> None:
    """Publish all hours of a doctor and reserve slots here and there."""
    begin = tick_of(datetime(first.year, first.month, first.day, tzinfo=UTC))
    ticks = Random(doctor_id).sample(range(begin, begin + DAYS * TICKS_A_DAY), appointments)
    reserved: Sequence[dict[str, Any]] = [
        {"owner_id": doctor_id, "tick": tick, "holder": f"apt_{doctor_id}_{tick}", "held_until": None}
        for tick in sorted(ticks)
    ]
    hours = {
        "doctor_id": doctor_id,
        "weekly": [[day, 0, 1440] for day in range(7)],
        "slot_minutes": 5,
        "buffer_minutes": 0,
        "minimum_notice_minutes": 0,
        "horizon_days": 60,
        "version": 1,
        "changed_at": datetime.now(UTC),
    }

    async def work() -> None:
        await store.session.execute(insert(AvailabilityRow).values(hours))
        for start in range(0, len(reserved), A_STATEMENT):
            await store.session.execute(insert(ReservationRow), reserved[start : start + A_STATEMENT])

    await store.transaction(work)


def listing_on(store: SqlStore) -> Listing:
    clock, peers = SystemClock(), Peers()
    for doctor_id in APPOINTMENTS:
        fee = {"amount": "499.00", "currency": "INR"}
        peers.knows("Doctor", doctor_id, status="ACTIVE", timeZone="UTC", consultationFee=fee)

    async def token() -> str:
        return "peers do not look"

    doctors = Doctors(EntityClient(peers, URLS, token, clock))
    return Listing(doctors, AvailabilityRepository(store), ReservationRepository(store), clock)


if __name__ == "__main__":
    main()
