"""Bookings: the service over the bare driver doing the same statements, and a rush on one slot through the API.

The service is the real one on its real store, a SQLite file and a database of MariaDB's; the other subgraphs are stood
in for. Each round books on a new store, then does what was recorded again on a twin of that store.
"""

import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop

from bench.booking_stores import DOCTORS, Place, booking_on, mariadb_place, mariadb_server, sqlite_place
from bench.figures import Row, cpu_seconds, median, percentile, report
from bench.platforms import MeasuredPlatform
from bench.statements import Recorder, work_number
from subgraphs.appointments.service.booking import Wish
from tests.stack.servers.server import CannotInstall
from tests.stories.client import Client
from tests.stories.people import Doctor, Patient, a_doctor, a_patient
from tests.stories.running_platform import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.subgraphs.callers import PATIENT

AT_ONCE = 16
ROUNDS = 3
TURNS = 9
A_TURN = 64
RUSH = 200
PATIENTS = 20
BOOK = """mutation($input: BookAppointmentInput!) { bookAppointment(input: $input) {
  appointment { id status payBy startsAt } alternatives { startsAt } userErrors { message field code } } }"""


Doing = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Pace:
    """How quickly something was done, and at what CPU each."""

    a_second: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Round:
    """The same bookings by us (the service), and by each driver; the first of them is the peer."""

    paces: dict[str, Pace]
    statements: float


def main() -> None:
    recorder = Recorder()
    recorder.listen()
    with tempfile.TemporaryDirectory(prefix="bmc-bench-") as folder, ExitStack() as servers:
        rows = service_rows("SQLite", [uvloop.run(one_round(recorder, on_file(folder))) for _ in range(ROUNDS)])
        try:
            server = servers.enter_context(mariadb_server(Path(folder) / "mariadb"))
        except CannotInstall as error:
            print(f"MariaDB is not measured: {error}")
        else:
            rounds = [uvloop.run(one_round(recorder, mariadb_place(server, AT_ONCE))) for _ in range(ROUNDS)]
            rows += service_rows("MariaDB", rounds)
        rows += uvloop.run(rush(Path(folder) / "home"))
    report("booking", rows, sqlite="a file, WAL, synchronous=FULL", at_once=AT_ONCE, rush=RUSH, patients=PATIENTS)


def on_file(folder: str) -> AbstractAsyncContextManager[Place]:
    return sqlite_place(Path(tempfile.mkdtemp(dir=folder)))


def service_rows(store: str, rounds: Sequence[Round]) -> list[Row]:
    _, peer, *others = rounds[0].paces

    def pace(name: str) -> float:
        return median([one.paces[name].a_second for one in rounds])

    def cpu(name: str) -> float:
        return median([one.paces[name].cpu_ms for one in rounds])

    share = median([one.paces["ours"].a_second / one.paces[peer].a_second for one in rounds])
    cpu_share = median([one.paces[peer].cpu_ms / one.paces["ours"].cpu_ms for one in rounds])
    return [
        Row(f"{store}: bookings by the service", pace("ours"), "/s"),
        *(Row(f"{store}: the same by {name}", pace(name), "/s") for name in (peer, *others)),
        Row(f"{store}: statements of a booking", median([one.statements for one in rounds]), ""),
        Row(f"{store}: CPU of a booking", cpu("ours"), "ms"),
        *(Row(f"{store}: CPU of the same by {name}", cpu(name), "ms") for name in (peer, *others)),
        Row(f"{store}: share of {peer}'s bookings/s", share, "x", ">= 0.5"),
        Row(f"{store}: {peer}'s CPU over ours", cpu_share, "x"),
    ]


async def one_round(recorder: Recorder, opening: AbstractAsyncContextManager[Place]) -> Round:
    """Book and do the same again, a few at a time by turns: whatever else the machine does meets all alike."""
    recorder.recorded.clear()
    async with opening as place:
        booking, wishes = booking_on(place.store), wishes_for(TURNS * A_TURN)

        async def book_one(number: int) -> None:
            work_number.set(number)
            caller = replace(PATIENT, account_id=f"acc_{number}", user_id=f"usr_{number}")
            answer = await booking.book(caller, wishes[number])
            assert answer.appointment is not None, answer

        doings: dict[str, Doing] = {"ours": book_one}
        for name, driver in place.drivers.items():
            await driver.open()
            doings[name] = lambda number, driver=driver: driver.do(recorder.recorded[number])  # type: ignore[misc]
        paces: dict[str, list[Pace]] = {name: [] for name in doings}
        for turn in range(TURNS):
            for name, doing in doings.items():
                paces[name].append(await paced(doing, range(turn * A_TURN, (turn + 1) * A_TURN)))
        for driver in place.drivers.values():
            await driver.close()
    statements = median([sum(len(unit.statements) for unit in work) for work in recorder.recorded.values()])
    # The first turn opens connections and compiles statements.
    return Round({name: together(turns[1:]) for name, turns in paces.items()}, statements)


def wishes_for(count: int) -> list[Wish]:
    """Make wishes of which each can be fulfilled."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return [
        Wish(
            f"doc_{place % DOCTORS}", midnight + timedelta(minutes=30 * (place // DOCTORS)), None, None, f"key {place}"
        )
        for place in range(count)
    ]


async def paced(doing: Doing, numbers: Sequence[int]) -> Pace:
    """Do pieces of work, AT_ONCE at a time."""
    waiting = iter(numbers)

    async def worker() -> None:
        for number in waiting:
            await doing(number)

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(asyncio.create_task(worker()) for _ in range(AT_ONCE)))
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return Pace(len(numbers) / seconds, cpu / len(numbers) * 1000)


def together(turns: Sequence[Pace]) -> Pace:
    """Answer the pace of several turns of the same length."""
    return Pace(len(turns) / sum(1 / turn.a_second for turn in turns), sum(turn.cpu_ms for turn in turns) / len(turns))


async def rush(home: Path) -> list[Row]:
    """Let everybody ask for the same slot at once, through a running platform's API."""
    platform = MeasuredPlatform(home)
    await asyncio.to_thread(platform.timed_start)
    try:
        async with Client(platform.url) as anyone:
            admin = await anyone.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD)
            doctor = await a_doctor(anyone, admin)
            patients = [await a_patient(anyone, f"Rush{number}") for number in range(PATIENTS)]
            lines = [await asyncio.open_connection("127.0.0.1", platform.port) for _ in range(RUSH)]
            wishes = [
                booking_request(patients[place % PATIENTS], doctor, f"key {place}", platform.port)
                for place in range(RUSH)
            ]
            cpu, ours = cpu_seconds(platform.pid), time.process_time()
            told = await asyncio.gather(*(sent(*line, wish) for line, wish in zip(lines, wishes, strict=True)))
            cpu, ours = cpu_seconds(platform.pid) - cpu, time.process_time() - ours
            for _, writer in lines:
                writer.close()
    finally:
        await asyncio.to_thread(platform.stop)
    return [
        *rush_rows([answer for answer, _ in told], [wait for _, wait in told]),
        Row("rush: CPU of the platform for each request", cpu / RUSH * 1000, "ms"),
        Row("rush: CPU of the clients for each request", ours / RUSH * 1000, "ms"),
    ]


def booking_request(patient: Patient, doctor: Doctor, key: str, port: int) -> bytes:
    """Make the bytes of a request: a client that builds them as it goes would take as long as the platform answers."""
    wish = {"doctorId": doctor.id, "startsAt": doctor.slots[3]["startsAt"], "symptoms": "Cough", "idempotencyKey": key}
    body = json.dumps({"query": BOOK, "variables": {"input": wish}}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {patient.client.access_token}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def sent(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[dict[str, Any], float]:
    """Send a request over a connection that is open; answers the response and the seconds that it took."""
    began = time.perf_counter()
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].split()[0])
    answer: dict[str, Any] = json.loads(await reader.readexactly(length))
    return answer, time.perf_counter() - began


def rush_rows(answers: Sequence[dict[str, Any]], waits: Sequence[float]) -> list[Row]:
    payloads = [answer["data"]["bookAppointment"] for answer in answers if "errors" not in answer]
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
