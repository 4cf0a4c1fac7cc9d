"""`make stack-test`: the tests that need real servers, in two rounds.

First the adapters: one server of each kind, named to the tests by KAFKA_URL, MYSQL_URL, AWS_URL and MONGO_URL. Then
the whole distributed system, by STACK=1: the stories, and what becomes of them when its parts fail. Where a server is
not to be had, it says so and tests nothing.
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

ADAPTERS = ("tests/contracts", "tests/subgraphs/appointments", "tests/shared/stores", "tests/stack")
SYSTEM = ("tests/stories", "tests/stack")


def main() -> int:
    """Run both rounds; answers the first status that is not 0."""
    INSTALLED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="servers-", dir=INSTALLED) as folder:
        place = Path(folder)
        servers: dict[str, Server] = {
            "KAFKA_URL": Kafka(place / "kafka"),
            "MYSQL_URL": MariaDb(place / "mysql"),
            "MONGO_URL": Mongod(place / "mongo"),
            "AWS_URL": Ministack(),
        }
        try:
            for server in servers.values():
                server.install()
        except CannotInstall as reason:
            sys.stdout.write(f"stack-test: nothing is tested on this machine: {reason}\n")
            return 0
        status = _with_servers(servers)
    return status or _pytest({"STACK": "1"}, *SYSTEM)


def _with_servers(servers: Mapping[str, Server]) -> int:
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
    command = [sys.executable, "-m", "pytest", *paths]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
