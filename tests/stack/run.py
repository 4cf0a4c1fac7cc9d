"""`make stack-test`: the tests that need real servers, in two rounds.

First the adapters: one server of each kind, named to the tests by KAFKA_URL, MYSQL_URL and AWS_URL, in place of the
embedded engines, which `make test` has been through. Then the whole distributed system, by STACK=1: the stories, and
what becomes of them when its parts fail. Where a server is not to be had, it says so and tests nothing.

    python -m tests.stack.run [adapters | system]
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.stack.servers.kafka import Kafka
from tests.stack.servers.mariadb import MariaDb
from tests.stack.servers.ministack import CREDENTIALS, Ministack
from tests.stack.servers.mongod import Mongod
from tests.stack.servers.server import INSTALLED, ROOT, CannotInstall, Server

ADAPTERS = (
    *(f"tests/contracts/{port}" for port in ("blobs", "bus", "mail", "stores")),
    "tests/subgraphs/appointments",
    "tests/stack",
)
SYSTEM = ("tests/stories", "tests/stack")
LONGEST_TEST = "--timeout=900"
"""These share the machine with servers that they start and kill: a test that takes long is no fault by itself."""


def main(round_: str = "") -> int:
    """Run one round or both; answers the first status that is not 0."""
    INSTALLED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="servers-", dir=INSTALLED) as folder:
        place = Path(folder)
        servers: dict[str, Server] = {
            "KAFKA_URL": Kafka(place / "kafka"),
            "MYSQL_URL": MariaDb(place / "mysql"),
            "AWS_URL": Ministack(),
        }
        try:
            for server in (*servers.values(), Mongod(place / "mongo")):
                server.install()
        except CannotInstall as reason:
            _say(f"nothing is tested on this machine: {reason}")
            return 0
        status = 0 if round_ == "system" else _with_servers(servers)
    if status or round_ == "adapters":
        return status
    _say("the whole system, every part a process")
    return _pytest({"STACK": "1"}, *SYSTEM)


def _with_servers(servers: Mapping[str, Server]) -> int:
    _say("the adapters, on a server of each kind")
    started = []
    try:
        for server in servers.values():
            server.start()
            started.append(server)
        addresses = {name: server.url for name, server in servers.items()}
        return _pytest({**addresses, **CREDENTIALS}, *ADAPTERS)
    finally:
        for server in reversed(started):
            server.stop()


def _pytest(variables: Mapping[str, str], *paths: str) -> int:
    """Run tests one after another: they share servers, and some kill them."""
    command = [sys.executable, "-m", "pytest", LONGEST_TEST, *paths]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, check=False).returncode


def _say(line: str) -> None:
    sys.stdout.write(f"stack-test: {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
