"""Keeps loops running: one that ends by an error is logged and begun again, after a pause that grows."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.events.outbox import Relay
from shared.metrics_jobs import loop_failed, sampling_jobs, watched
from shared.subgraph import Job, Ports, Subgraph

_logger = logging.getLogger(__name__)
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0

Loop = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Looks:
    """How often a relay looks for commits that cannot wake it: while there are some, and at the least."""

    busy_seconds: float
    idle_seconds: float


class Loops:
    """The loops of one process; `stop` cancels them and waits for their end."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, loop: Loop) -> None:
        """Run a loop until `stop`."""
        self._tasks.append(asyncio.create_task(_keep_running(name, loop), name=name))

    def start_beside_requests(self, subgraph: Subgraph) -> None:
        """Start what every process runs that opens a subgraph."""
        for number, loop in enumerate(subgraph.loops):
            self.start(f"{subgraph.name}.loop-{number}", loop)

    def start_worker(self, subgraph: Subgraph, ports: Ports, looks: Looks) -> None:
        """Start a subgraph's relays, consumers, clock jobs and other work; several processes may do so."""
        for number, store in enumerate(subgraph.stores):
            relay = Relay(store, ports.bus, poll_seconds=looks.busy_seconds, idle_poll_seconds=looks.idle_seconds)
            self.start(f"{subgraph.name}.relay-{number}", relay.run)
        for consumer in subgraph.consumers:
            self.start(f"{subgraph.name}.{consumer.name}", consumer.run)
        for number, loop in enumerate(subgraph.worker_loops):
            self.start(f"{subgraph.name}.worker-loop-{number}", loop)
        for job in (*subgraph.jobs, *sampling_jobs(subgraph, ports.bus, ports.clock)):
            self.start_job(subgraph.name, job)

    def start_job(self, owner: str, job: Job) -> None:
        """Run a clock job every so often until `stop`."""
        run = watched(owner, job)

        async def forever() -> None:
            while True:
                await run()
                await asyncio.sleep(job.every.total_seconds())

        self.start(f"{owner}.{job.name}", forever)

    async def stop(self) -> None:
        """Cancel every loop and wait until each has ended."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()


async def _keep_running(name: str, loop: Loop) -> None:
    task = asyncio.current_task()
    assert task is not None, "Loops run in tasks."
    pause = FIRST_PAUSE
    while True:
        try:
            await loop()
        except (Exception, asyncio.CancelledError) as error:
            # A CancelledError need not be ours: a library may let out that of a task of its own.
            if isinstance(error, asyncio.CancelledError) and task.cancelling():
                raise
            loop_failed(name)
            _logger.exception("loop ended by an error", extra={"loop": name, "again_in_seconds": pause})
            if task.cancelling():
                return
        else:
            return
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
