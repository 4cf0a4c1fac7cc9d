"""The start of `bmc up` on an existing home until /ready, and its memory besides mongod's.

The limit is what importing the libraries alone costs, in a process of its own: no start can be cheaper.
"""

import http.client
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figures import Row, median, pss_mib, report
from bench.platforms import MeasuredPlatform, Start

STARTS = 3
REQUESTS = 300
LIBRARIES = (
    "alembic.command, argon2, babel.dates, beanie, cryptography.x509, email_validator, filetype, graphql, icalendar, "
    "jinja2, jwt, orjson, prometheus_client, pydantic_settings, rich.console, sqlalchemy.ext.asyncio, sqlmodel, "
    "starlette.applications, strawberry.federation, strawberry.asgi, typer, uvicorn, uvloop, websockets, yaml"
)
QUERY = "{ doctors(first: 20) { edges { node { id firstName nextAvailableSlot { startsAt } } } } }"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bmc-bench-") as folder:
        platform = MeasuredPlatform(Path(folder))
        first = platform.timed_start()
        platform.stop()
        starts: list[Start] = []
        imports: list[float] = []
        fresh, used, mongod = 0.0, 0.0, 0.0
        for _ in range(STARTS):
            imports.append(import_cpu())
            starts.append(platform.timed_start())
            try:
                time.sleep(1)
                fresh = pss_mib(platform.pid)
                ask(platform.port)
                used, mongod = pss_mib(platform.pid), pss_mib(platform.mongod)
            finally:
                platform.stop()
    cpu, limit = median([start.cpu for start in starts]), median(imports)
    rows = [
        Row("start until /ready, median", median([start.seconds for start in starts]), "s", "< 5"),
        Row("start until /ready, best", min(start.seconds for start in starts), "s"),
        Row("start on a new home", first.seconds, "s"),
        Row("CPU of the start", cpu, "s"),
        Row("CPU of mongod's start", median([start.mongod_cpu for start in starts]), "s"),
        Row("CPU of importing the libraries alone", limit, "s"),
        Row("CPU of the start over that limit", cpu / limit, "x"),
        Row("memory a second after the start (PSS)", fresh, "MiB", "< 250"),
        Row(f"memory after {REQUESTS} requests (PSS)", used, "MiB", "< 250"),
        Row("memory of mongod (PSS)", mongod, "MiB"),
    ]
    report("start", rows, starts=STARTS)


def import_cpu() -> float:
    """Import the libraries in a new interpreter; answers its CPU seconds."""
    code = f"import time; import {LIBRARIES}; print(time.process_time())"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def ask(port: int) -> None:
    """Ask for the directory many times, so that caches and pools have what they keep."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = json.dumps({"query": QUERY})
    for _ in range(REQUESTS):
        connection.request("POST", "/graphql", body, {"content-type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        assert "errors" not in answer, answer
    connection.close()


if __name__ == "__main__":
    main()
