"""Live updates: many clients of one process follow one doctor's availability; a booking, until the last has heard.

Each client has a WebSocket of its own and asks for a field of another subgraph too, so that every event is authorised
and completed for each of them. Time is counted from the answer to whoever booked. The clients share the second
processor with nobody but what else the machine does.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path

import uvloop
import websockets

from bench.figures import Row, cpu_seconds, median, percentile, pss_mib, report
from bench.platforms import MeasuredPlatform
from tests.stories.client import Client
from tests.stories.people import Doctor, Patient, a_doctor, a_patient, book
from tests.stories.running_platform import ADMIN_EMAIL, ADMIN_PASSWORD

FOLLOWED = "subscription($id: ID!) { availabilityChanged(doctorId: $id) { date doctor { lastName } } }"
OPENED_AT_ONCE = 50
AN_ADDRESS = 500
"""So many clients have one address of loopback's: a thousand from one is the router's limit."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=2_000)
    parser.add_argument("--bookings", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bmc-bench-") as folder:
        rows = uvloop.run(measure(Path(folder), given.clients, given.bookings))
    report("subscriptions", rows, clients=given.clients, bookings=given.bookings)


async def measure(home: Path, clients: int, bookings: int) -> list[Row]:
    platform = MeasuredPlatform(home)
    await asyncio.to_thread(platform.timed_start)
    try:
        async with Client(platform.url) as anyone:
            admin = await anyone.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD)
            doctor, patient = await asyncio.gather(a_doctor(anyone, admin), a_patient(anyone))
            return await followed(platform, doctor, patient, clients, bookings)
    finally:
        await asyncio.to_thread(platform.stop)


async def followed(
    platform: MeasuredPlatform, doctor: Doctor, patient: Patient, clients: int, bookings: int
) -> list[Row]:
    """Open all, book one after another, and look when each client hears of each booking."""
    before = pss_mib(platform.pid)
    gate = asyncio.Semaphore(OPENED_AT_ONCE)
    sockets = await asyncio.gather(*(follow(platform, doctor, gate, number // AN_ADDRESS) for number in range(clients)))
    grown = pss_mib(platform.pid) - before
    waits: list[float] = []
    lasts: list[float] = []
    cpu = cpu_seconds(platform.pid)
    for slot in doctor.slots[:bookings]:
        hearing = [asyncio.create_task(heard(socket)) for socket in sockets]
        await book(patient, doctor, slot)
        answered = time.perf_counter()
        # The first may hear of it before the answer has come.
        times = [max(0.0, at - answered) for at in await asyncio.gather(*hearing)]
        waits += times
        lasts.append(max(times))
    used = (cpu_seconds(platform.pid) - cpu) / bookings
    await asyncio.gather(*(socket.close() for socket in sockets))
    return [
        Row("clients that heard of every booking", len(waits) / bookings, "", f">= {clients}"),
        Row("answer to the last client, median of the bookings", median(lasts), "s", "< 1"),
        Row("answer to a client, p50", percentile(waits, 0.5), "s"),
        Row("CPU of the platform for a client and booking", used / clients * 1000, "ms"),
        Row("memory of a client (PSS)", grown * 1024 / clients, "KiB"),
    ]


async def follow(
    platform: MeasuredPlatform, doctor: Doctor, gate: asyncio.Semaphore, address: int
) -> websockets.ClientConnection:
    """Subscribe, and wait until that is certain: a ping is answered in the order of messages."""
    url = platform.url.replace("http", "ws", 1) + "/graphql"
    async with gate:
        socket = await websockets.connect(
            url,
            subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
            compression=None,
            local_addr=(f"127.0.0.{2 + address}", 0),
        )
        await socket.send('{"type": "connection_init"}')
        await socket.recv()
        request = {"query": FOLLOWED, "variables": {"id": doctor.id}}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": request}))
        await socket.send('{"type": "ping"}')
        await socket.recv()
    return socket


async def heard(socket: websockets.ClientConnection) -> float:
    while True:
        message = json.loads(await socket.recv())
        if message["type"] == "next":
            assert "errors" not in message["payload"], message
            return time.perf_counter()
        await socket.send('{"type": "pong"}')


if __name__ == "__main__":
    main()
