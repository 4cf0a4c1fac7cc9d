"""What the bus contract is run against; an adapter joins by a function that opens it (again, on the same log).

Where KAFKA_URL names a cluster, it is run against that one: the embedded ones need no server and have their own run.
"""

import hashlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from shared.events.bus import Bus
from shared.events.kafka import KafkaBus
from shared.events.log import LogBus
from shared.ids import new_id

_RUN = new_id("run")


async def log_file(folder: Path) -> Bus:
    """Open the embedded log."""
    return await LogBus.open(folder / "events.db")


async def log_in_memory(_folder: Path) -> Bus:
    """Open a log that ends with the process."""
    return await LogBus.open(None)


async def kafka(folder: Path) -> Bus:
    """Open topics and groups of the folder's own on the cluster of KAFKA_URL."""
    own = hashlib.sha256(f"{_RUN}{folder}".encode()).hexdigest()[:16]
    return await KafkaBus.open(f"{os.environ['KAFKA_URL']}?prefix=t{own}.&partitions=3")


Opener = Callable[[Path], Awaitable[Bus]]

DURABLE: dict[str, Opener] = {"kafka": kafka} if "KAFKA_URL" in os.environ else {"log file": log_file}
ADAPTERS: dict[str, Opener] = DURABLE if "KAFKA_URL" in os.environ else {**DURABLE, "log in memory": log_in_memory}
