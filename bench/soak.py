"""Minutes of mixed load on the distributed system while its parts are killed at random; then everything is counted.

Shoppers book and pay, again and again until it is done, as people do; readers page through the directory. Whatever is
killed comes back by itself (a part) or is started a few seconds later (a server); the next kill waits until everything
is ready again. At the end every appointment, payment and mail must be there once, no event set aside, and the audit
trail whole. `--seed` repeats the order of kills, not their moments.
"""

import argparse
import asyncio
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import httpx

from bench.figures import Row, percentile, report
from shared.events.kafka import KafkaBus
from tests.stack.native import NativeStack
from tests.stack.servers.server import INSTALLED
from tests.stories.client import Client
from tests.stories.running_platform import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.stories.shopping import Shopper, a_shopper, each_appointment_is_there_once, each_mail_came_once

SHOPPERS, SLOTS = 16, 20
READERS = 4
READ_EVERY_SECONDS = 0.25
SERVERS = ("mysql", "mongo", "kafka", "ministack")
PAGE = """{ doctors(first: 20) { edges { node { lastName averageRating nextAvailableSlot { startsAt }
  ratings(first: 3) { edges { node { stars } } } } } } }"""


class Timed(Client):
    """A client that writes down how long each request took, and what went wrong."""

    waits: ClassVar[dict[str, list[float]]] = defaultdict(list)
    wrong: ClassVar[Counter[str]] = Counter()

    async def post(self, query: str, **variables: Any) -> httpx.Response:
        kind = next((one for one in ("bookAppointment", "payAppointment", "doctors(") if one in query), "other")
        began = time.monotonic()
        try:
            answer = await super().post(query, **variables)
        except httpx.TransportError as error:
            self.wrong[type(error).__name__] += 1
            raise
        finally:
            self.waits[kind.rstrip("(")].append(time.monotonic() - began)
        try:
            errors = answer.json().get("errors", [])
        except ValueError:
            self.wrong["cut off"] += 1
            raise
        self.wrong.update({error["extensions"]["code"] for error in errors})
        return answer


@dataclass
class Load:
    """Shoppers and readers, on a thread and a loop of their own: starting a server blocks the main one."""

    stack: NativeStack
    seconds: float
    begun: threading.Event = field(default_factory=threading.Event)
    calm: threading.Event = field(default_factory=threading.Event)
    fault: BaseException | None = None
    letters: int = 0

    def run(self) -> None:
        """Be the thread's body."""
        try:
            asyncio.run(self._run())
        except BaseException as error:  # noqa: BLE001 (told by the main thread)
            self.fault = error
        finally:
            self.begun.set()

    async def _run(self) -> None:
        async with Timed(self.stack.url) as anyone:
            admin = await anyone.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD)
            shoppers = [await a_shopper(anyone, admin, f"S{number}", SLOTS) for number in range(SHOPPERS)]
            Timed.waits.clear()
            self.begun.set()
            reading = [asyncio.create_task(read(anyone)) for _ in range(READERS)]
            await asyncio.gather(*(self._shop(shopper) for shopper in shoppers))
            await asyncio.to_thread(self.calm.wait)
            for reader in reading:
                reader.cancel()
            await asyncio.wait(reading)
            for shopper in shoppers:
                await each_appointment_is_there_once(shopper)
                await each_mail_came_once(anyone, shopper)
        bus = await KafkaBus.open(self.stack.servers["kafka"].url)
        self.letters = len(await bus.dead_letters())
        await bus.close()

    async def _shop(self, shopper: Shopper) -> None:
        """Spread the purchases over the time; try each again until it is done."""
        pause = self.seconds / SLOTS
        for number in range(1, SLOTS + 1):
            next_at = time.monotonic() + pause
            part = Shopper(shopper.patient, shopper.doctor, shopper.purchases[:number])
            while part.finished < number:
                await part.shop()
                await asyncio.sleep(0.2)
            await asyncio.sleep(max(0.0, next_at - time.monotonic()))


async def read(anyone: Client) -> None:
    """Page through the directory until cancelled."""
    while True:
        try:
            await anyone.post(PAGE)
        except (httpx.TransportError, ValueError):
            await asyncio.sleep(1)
        await asyncio.sleep(READ_EVERY_SECONDS)


def kill_at_random(stack: NativeStack, seconds: float, random: Random) -> dict[str, list[float]]:
    """Kill one thing after another; answers the seconds until all was ready again, by what was killed."""
    ends = time.monotonic() + seconds
    recoveries: dict[str, list[float]] = defaultdict(list)
    while time.monotonic() < ends:
        time.sleep(random.uniform(1, 8))
        victim = random.choice([*stack.parts, *SERVERS])
        began = time.monotonic()
        if victim in SERVERS:
            stack.servers[victim].kill()
            time.sleep(random.uniform(1, 5))
            began = time.monotonic()
            stack.servers[victim].start()
        else:
            stack.kill(victim)
        while not all(stack.is_ready(part) for part in stack.parts):
            time.sleep(0.1)
        recoveries[victim].append(time.monotonic() - began)
    return recoveries


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    INSTALLED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="soak-", dir=INSTALLED) as folder:
        settings = {
            "BMC_ADMIN_EMAIL": ADMIN_EMAIL,
            "BMC_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "BMC_ACCESS_TOKEN_SECONDS": "7200",
            "BMC_HOLD_SECONDS": "7200",
        }
        stack = NativeStack(Path(folder), settings)
        try:
            stack.start()
            Client.ses_of[stack.url] = stack.mail_url
            return soak(stack, given.minutes * 60, given.seed)
        finally:
            stack.stop()


def soak(stack: NativeStack, seconds: float, seed: int) -> int:
    load = Load(stack, seconds)
    thread = threading.Thread(target=load.run, daemon=True)
    thread.start()
    load.begun.wait()
    began = time.monotonic()
    recoveries = kill_at_random(stack, seconds, Random(seed)) if load.fault is None else {}
    lasted = time.monotonic() - began
    load.calm.set()
    thread.join()
    verified = stack.command("audit", "verify")
    report("soak", figures(recoveries, lasted, load), seed=seed, kills=dict(sorted_counts(recoveries)))
    if load.fault is not None or verified.returncode:
        sys.stdout.write(f"the soak found a fault: {load.fault!r} {verified.stderr}\n")
        return 1
    sys.stdout.write(f"every appointment, payment and mail is there once; {verified.stdout}")
    return 0


def sorted_counts(recoveries: dict[str, list[float]]) -> list[tuple[str, int]]:
    return sorted((victim, len(times)) for victim, times in recoveries.items())


def figures(recoveries: dict[str, list[float]], lasted: float, load: Load) -> list[Row]:
    requests = sum(len(waits) for waits in Timed.waits.values())
    rows = [
        Row("minutes of kills", lasted / 60, "min"),
        Row("kills", sum(len(times) for times in recoveries.values()), ""),
        Row("appointments bought", SHOPPERS * SLOTS, ""),
        Row("requests", requests, ""),
        Row("events set aside", load.letters, "", "== 0"),
        Row("lost or doubled", 0 if load.fault is None else 1, "", "== 0"),
    ]
    rows += [Row(f"errors: {code}", count, "") for code, count in sorted(Timed.wrong.items())]
    for kind, waits in sorted(Timed.waits.items()):
        rows += [Row(f"{kind}, p{share}", percentile(waits, share / 100) * 1000, "ms") for share in (50, 99)]
    for what, names in (("a part", set(recoveries) - set(SERVERS)), ("a server", set(recoveries) & set(SERVERS))):
        times = [one for name in names for one in recoveries[name]]
        if times:
            rows += [
                Row(f"ready again after {what} was killed, p50", percentile(times, 0.5), "s"),
                Row(f"ready again after {what} was killed, longest", max(times), "s"),
            ]
    return rows


if __name__ == "__main__":
    sys.exit(main())
