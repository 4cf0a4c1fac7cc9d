"""What it costs to be spread out: the platform in one process, as a process a part, and with two processes a part.

The same load, each as fast as it is answered: pages of the directory, then bookings with their events and mails. The
parts run on the stack's servers (Kafka, MariaDB, mongod, a stand-in for S3 and SES). With two processes a part, half of
the clients go to a second router, whose subgraphs are second ones too; every worker has a twin in its groups. CPU is
that of all processes but the client's, without what they take while nothing happens.

On a machine with few cores, those bound everything together. So how throughput grows is also looked at with a small
share of a processor for each process of ours (see `rationing`): then the processes are the bound, as they are where
there are many cores.
"""

import asyncio
import itertools
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.bench_booking import sent
from bench.figures import Row, children, cpu_seconds, percentile, report
from bench.platforms import MeasuredPlatform
from bench.rationing import CannotRation, rationed
from bmc.catalogue import NAMES
from tests.stack.native import NativeStack
from tests.stack.servers.server import INSTALLED, CannotInstall
from tests.stories.client import Client
from tests.stories.people import Doctor, Patient, a_doctor, a_patient
from tests.stories.running_platform import ADMIN_EMAIL, ADMIN_PASSWORD

PAIRS = 20
CLIENTS = 16
PAGES = 1_000
RATION = 0.1
BOOKINGS_EACH = 15
PAGE = """{ doctors(first: 20) { edges { node { id firstName lastName averageRating nextAvailableSlot { startsAt }
  ratings(first: 3) { edges { node { stars } } } } } } }"""
BOOK = """mutation($input: BookAppointmentInput!) { bookAppointment(input: $input) { appointment { id }
  userErrors { code } } }"""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a round of requests came to."""

    a_second: float
    p99: float
    parts: Mapping[str, float]
    """CPU of one request by what used it, in milliseconds."""

    @property
    def cpu_ms(self) -> float:
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class Town:
    """Doctors and patients, a pair for each other, and where they ask."""

    pairs: Sequence[tuple[Doctor, Patient]]
    urls: Sequence[str]
    rounds: "itertools.count[int]"

    async def pages(self, count: int = PAGES) -> Pace:
        """Ask for the directory again and again, each as somebody else: the router answers equal requests together."""
        tokens = [patient.client.access_token for _, patient in self.pairs]
        return await self._paced(
            [
                request(self.urls[number % len(self.urls)], PAGE, {}, tokens[number % len(tokens)])
                for number in range(count)
            ]
        )

    async def bookings(self) -> Pace:
        """Let every patient book slots that nobody has."""
        first = next(self.rounds) * BOOKINGS_EACH
        return await self._paced(
            [
                request(self.urls[number % len(self.urls)], BOOK, wish(doctor, place), patient.client.access_token)
                for place in range(first, first + BOOKINGS_EACH)
                for number, (doctor, patient) in enumerate(self.pairs)
            ]
        )

    async def _paced(self, requests: Sequence[tuple[str, bytes]]) -> Pace:
        waiting = {url: iter([body for to, body in requests if to == url]) for url in self.urls}
        waits: list[float] = []

        async def client(url: str) -> None:
            line = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
            for body in waiting[url]:
                answer, wait = await sent(*line, body)
                assert "errors" not in answer, answer
                waits.append(wait)
            line[1].close()

        idle = await self.settled()
        cpu, began = servers_cpu(), time.perf_counter()
        await asyncio.gather(*(client(self.urls[number % len(self.urls)]) for number in range(CLIENTS)))
        seconds = time.perf_counter() - began
        # What bookings lead to is part of their cost.
        await self.settled()
        lasted, after = time.perf_counter() - began, servers_cpu()
        parts = {part: after[part] - cpu[part] - idle[part] * lasted for part in after}
        return Pace(
            len(requests) / seconds,
            percentile(waits, 0.99),
            {part: used / len(requests) * 1000 for part, used in parts.items()},
        )

    async def settled(self) -> dict[str, float]:
        """Wait until the servers' processes use no less than a moment before; answers what each uses a second."""
        before = float("inf")
        while True:
            cpu = servers_cpu()
            await asyncio.sleep(3)
            after = servers_cpu()
            used = sum(after.values()) - sum(cpu.values())
            if used >= before * 0.9:
                return {part: (after[part] - cpu[part]) / 3 for part in after}
            before = used


def wish(doctor: Doctor, place: int) -> dict[str, Any]:
    slot = doctor.slots[place]["startsAt"]
    return {"input": {"doctorId": doctor.id, "startsAt": slot, "idempotencyKey": slot}}


def request(url: str, query: str, variables: dict[str, Any], token: str | None) -> tuple[str, bytes]:
    body = json.dumps({"query": query, "variables": variables}).encode()
    head = f"POST /graphql HTTP/1.1\r\nhost: {urlsplit(url).netloc}\r\ncontent-type: application/json\r\n"
    if token:
        head += f"authorization: Bearer {token}\r\n"
    return url, f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def servers_cpu() -> dict[str, float]:
    """Answer the CPU seconds of the processes below this one, by what they are; two of one kind count together."""
    found: dict[str, float] = defaultdict(float)

    def count(pid: int) -> None:
        for child in children(pid):
            found[part_of(child)] += cpu_seconds(child)
            count(child)

    count(os.getpid())
    return found


def part_of(pid: int) -> str:
    """Answer what a process is: `serve doctors` of ours, else its program's name."""
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    own = words.index("bmc") if "bmc" in words else None
    return Path(f"/proc/{pid}/comm").read_text().strip() if own is None else " ".join(words[own + 1 :]).strip()


@asynccontextmanager
async def town(url: str) -> AsyncIterator[Town]:
    """Settle a new platform."""
    async with Client(url) as anyone:
        admin = await anyone.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD)
        pairs = [(await a_doctor(anyone, admin), await a_patient(anyone)) for _ in range(PAIRS)]
        yield Town(pairs, [url], itertools.count())


async def looked(place: Town) -> dict[str, Pace]:
    """Measure both kinds of load, after a round of each that warms everything."""
    await place.pages()
    await place.bookings()
    return {"page": await place.pages(), "booking": await place.bookings()}


async def in_one_process(home: Path) -> dict[str, Pace]:
    platform = MeasuredPlatform(home)
    await asyncio.to_thread(platform.timed_start)
    try:
        async with town(platform.url) as place:
            return await looked(place)
    finally:
        platform.stop()


def spread_out(stack: NativeStack) -> dict[str, dict[str, Pace]]:
    """Measure with one process a part, then with two; twins are started from the main thread, as servers are."""
    found = {}
    with asyncio.Runner() as runner, ExitStack() as twins:
        settling = town(stack.url)
        place = runner.run(settling.__aenter__())
        found["a process a part"] = runner.run(looked(place))
        found["a process a part, rationed"] = in_rations(stack, runner, place)
        urls = {name: f"{twins.enter_context(stack.twin(name))}/graphql" for name in NAMES}
        for name in NAMES:
            twins.enter_context(stack.twin(f"worker-{name}"))
        second = twins.enter_context(stack.twin("router", {"BMC_SUBGRAPH_URLS": json.dumps(urls)}))
        both = Town(place.pairs, [stack.url, second], place.rounds)
        found["two processes a part"] = runner.run(looked(both))
        found["two processes a part, rationed"] = in_rations(stack, runner, both)
        runner.run(settling.__aexit__(None, None, None))
    return found


def in_rations(stack: NativeStack, runner: asyncio.Runner, place: Town) -> dict[str, Pace]:
    """Measure pages with a small share of a processor for each process of ours; nothing where that cannot be."""
    try:
        with rationed(stack.pids, RATION):
            return {"page": runner.run(place.pages(PAGES // 4))}
    except CannotRation as reason:
        sys.stdout.write(f"spread: nobody can be rationed here: {reason}\n")
        return {}


def main() -> None:
    INSTALLED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bmc-bench-", dir=INSTALLED) as folder:
        settings = {
            "BMC_ADMIN_EMAIL": ADMIN_EMAIL,
            "BMC_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "BMC_CALL_SECONDS": "20",
        }
        stack = NativeStack(Path(folder) / "stack", settings)
        try:
            for server in stack.servers.values():
                server.install()
        except CannotInstall as reason:
            sys.stdout.write(f"spread: nothing is measured on this machine: {reason}\n")
            return
        (home := Path(folder) / "home").mkdir()
        embedded = asyncio.run(in_one_process(home))
        try:
            stack.start()
            Client.ses_of[stack.url] = stack.mail_url
            paces = {"in one process": embedded, **spread_out(stack)}
        finally:
            stack.stop()
    report("spread", rows(paces), clients=CLIENTS, pages=PAGES, bookings=PAIRS * BOOKINGS_EACH, ration=RATION)


def rows(paces: dict[str, dict[str, Pace]]) -> list[Row]:
    found = []
    for form, kinds in paces.items():
        for kind, pace in kinds.items():
            found += [
                Row(f"{kind}s, {form}", pace.a_second, "/s"),
                Row(f"{kind}, {form}: p99", pace.p99 * 1000, "ms"),
                Row(f"{kind}, {form}: CPU of all servers", pace.cpu_ms, "ms"),
            ]
    home, one, two = paces["in one process"], paces["a process a part"], paces["two processes a part"]
    for kind, at_home in home.items():
        found += [
            Row(f"{kind}: CPU, spread over embedded", one[kind].cpu_ms / at_home.cpu_ms, "x"),
            Row(f"{kind}s/s, spread over embedded", one[kind].a_second / at_home.a_second, "x"),
            Row(f"{kind}s/s, two processes a part over one", two[kind].a_second / one[kind].a_second, "x"),
        ]
    found += [
        Row(f"{kind}, a process a part: CPU of {part}", used, "ms")
        for kind, pace in one.items()
        for part, used in sorted(pace.parts.items(), key=lambda part: -part[1])
    ]
    few, more = paces["a process a part, rationed"], paces["two processes a part, rationed"]
    return [
        *found,
        *(
            Row(f"{kind}s/s, two processes a part over one, rationed", more[kind].a_second / pace.a_second, "x")
            for kind, pace in few.items()
        ),
    ]


if __name__ == "__main__":
    main()
