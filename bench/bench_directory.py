"""A page of the directory through a running platform's router: 100,000 doctors over 1,000, and its store queries.

Twenty doctors with their next free slot and three ratings each; the pages asked for are the first five of the list,
one after another. Queries are counted in a second opening of the same home in this process, without its loops.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import uvloop
from pymongo import monitoring
from sqlalchemy import Engine, event

from bench.directory_seed import seed
from bench.figures import Row, cpu_seconds, percentile, report
from bench.platforms import MeasuredPlatform
from bmc.home import Home
from bmc.platform import open_platform
from shared.settings import Settings

PAGES = 5
REQUESTS = 100
COUNTED = 3
QUERY = """query($after: String) { doctors(first: 20, after: $after) { pageInfo { endCursor } edges { node {
  id firstName lastName speciality averageRating ratingCount consultationFee { amount currency }
  nextAvailableSlot { startsAt endsAt } ratings(first: 3) { edges { node { stars comment author } } } } } } }"""


class Counting(monitoring.CommandListener):
    """Counts what is asked of MongoDB and of SQLite."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in {"find", "aggregate", "count", "distinct", "getMore"}:
            self.found.append(f"{event.database_name}.{event.command_name}")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass

    def executed(self, _connection: object, _cursor: object, text: str, *_: object) -> None:
        if text.startswith("SELECT"):
            self.found.append("sql.select")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bmc-bench-") as folder:
        uvloop.run(measure(Path(folder), given.few, given.many))


async def measure(home: Path, few: int, many: int) -> None:
    platform = MeasuredPlatform(home)
    await asyncio.to_thread(platform.timed_start)
    await asyncio.to_thread(platform.stop)
    waits: dict[int, list[float]] = {}
    cpu: dict[int, float] = {}
    seeded = 0
    for count in (few, many):
        await seed(home, range(seeded, count))
        seeded = count
        waits[count], cpu[count] = await asked(platform)
    queries = await counted(home)
    rows = [Row(f"page with {count:,} doctors, p50", percentile(waits[count], 0.5) * 1000, "ms") for count in waits]
    rows += [Row(f"page with {count:,} doctors, p95", percentile(waits[count], 0.95) * 1000, "ms") for count in waits]
    rows += [Row(f"page with {count:,} doctors, CPU of the platform", cpu[count] * 1000, "ms") for count in waits]
    rows += [
        Row("p95 with many over with few", percentile(waits[many], 0.95) / percentile(waits[few], 0.95), "x", "<= 2"),
        Row("CPU with many over with few", cpu[many] / cpu[few], "x"),
        Row("store queries of a page whose doctors nobody asked for lately", len(queries[0]), ""),
        Row("store queries of a page asked for again", len(queries[-1]), ""),
    ]
    report("directory", rows, few=few, many=many, pages=PAGES, queries=sorted(queries[0]), again=sorted(queries[-1]))


async def asked(platform: MeasuredPlatform) -> tuple[list[float], float]:
    """Ask a running platform for pages; answers how long each took, and its CPU seconds for each."""
    await asyncio.to_thread(platform.timed_start)
    try:
        async with httpx.AsyncClient(base_url=platform.url, timeout=30) as http:
            cursors = await walk(http)
            waits: list[float] = []
            cpu = cpu_seconds(platform.pid)
            for place in range(REQUESTS):
                began = time.perf_counter()
                await page(http, cursors[place % PAGES])
                waits.append(time.perf_counter() - began)
            return waits, (cpu_seconds(platform.pid) - cpu) / REQUESTS
    finally:
        await asyncio.to_thread(platform.stop)


async def walk(http: httpx.AsyncClient) -> list[str | None]:
    """Turn the pages once; answers what each begins after."""
    cursors: list[str | None] = [None]
    for _ in range(PAGES - 1):
        found = await page(http, cursors[-1])
        cursors.append(found["pageInfo"]["endCursor"])
    await page(http, cursors[-1])
    return cursors


async def page(http: httpx.AsyncClient, after: str | None) -> dict[str, Any]:
    answer = (await http.post("/graphql", json={"query": QUERY, "variables": {"after": after}})).json()
    assert "errors" not in answer, answer
    doctors: dict[str, Any] = answer["data"]["doctors"]
    nodes = [edge["node"] for edge in doctors["edges"]]
    assert len(nodes) == 20
    assert all(node["nextAvailableSlot"] and len(node["ratings"]["edges"]) == 3 for node in nodes)
    return doctors


async def counted(home: Path) -> list[list[str]]:
    """Ask for a page that nobody has seen, again and again, in this process; answers the store queries of each time."""
    counting = Counting()
    monitoring.register(counting)
    event.listen(Engine, "before_cursor_execute", counting.executed)
    queries: list[list[str]] = []
    place = Home(home)
    place.lock()
    platform = await open_platform(Settings(home=home), place)
    try:
        transport = httpx.ASGITransport(app=platform.router)
        async with httpx.AsyncClient(transport=transport, base_url="http://router") as http:
            # What is asked once in a while (service tokens, public keys) is asked for with the pages before.
            cursors = await walk(http)
            unseen = (await page(http, cursors[-1]))["pageInfo"]["endCursor"]
            for _ in range(COUNTED):
                counting.found.clear()
                await page(http, unseen)
                queries.append(list(counting.found))
    finally:
        await platform.close()
        place.release()
    return queries


if __name__ == "__main__":
    main()
