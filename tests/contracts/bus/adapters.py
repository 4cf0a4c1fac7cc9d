"""What the bus contract is run against; an adapter joins by a function that opens it (again, on the same log)."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from shared.events.bus import Bus
from shared.events.log import LogBus


async def log_file(folder: Path) -> Bus:
    """Open the embedded log."""
    return await LogBus.open(folder / "events.db")


async def log_in_memory(_folder: Path) -> Bus:
    """Open a log that ends with the process."""
    return await LogBus.open(None)


Opener = Callable[[Path], Awaitable[Bus]]

ADAPTERS: dict[str, Opener] = {"log file": log_file, "log in memory": log_in_memory}
DURABLE: dict[str, Opener] = {"log file": log_file}
