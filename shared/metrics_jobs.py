"""Clock jobs as operators see them: when each was last done, and jobs that sample what takes a query to know.

A scrape asks nobody: it shows what these jobs found last. What cannot be read shows as NaN, which no alert mistakes for
a good value; that the sampling fails is told by the metrics of the job itself.
"""

import math
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from shared.clock import Clock
from shared.events.bus import Bus
from shared.events.consumer import Consumer
from shared.events.observing import age_of
from shared.metrics import (
    DEAD_LETTERS,
    JOB_INTERVAL_SECONDS,
    JOB_LAST_SUCCESS,
    JOB_RUNS,
    LOOP_FAILURES,
    OUTBOX_EVENTS,
    OUTBOX_OLDEST_SECONDS,
)
from shared.stores.store import Outbox
from shared.subgraph import Job, Subgraph
from shared.telemetry import job_run

COUNTED = 1_000
"""So many waiting events are counted, and no more: a scrape of a full outbox must not be what fills the memory."""
OUTBOX_EVERY = timedelta(seconds=15)
LETTERS_EVERY = timedelta(seconds=60)


def watched(owner: str, job: Job) -> Callable[[], Awaitable[None]]:
    """Answer the run of a job that tells when it was done, how often it failed, and in which trace it worked."""
    JOB_INTERVAL_SECONDS.labels(owner, job.name).set(job.every.total_seconds())
    # A job that never succeeds is late counted from now on.
    JOB_LAST_SUCCESS.labels(owner, job.name).set(time.time())

    async def run() -> None:
        try:
            with job_run(job.name):
                await job.run()
        except Exception:
            JOB_RUNS.labels(owner, job.name, "failed").inc()
            raise
        JOB_RUNS.labels(owner, job.name, "done").inc()
        JOB_LAST_SUCCESS.labels(owner, job.name).set(time.time())

    return run


def loop_failed(name: str) -> None:
    """Count a loop that ended by an error and is begun again."""
    LOOP_FAILURES.labels(name).inc()


def sampling_jobs(subgraph: Subgraph, bus: Bus, clock: Clock) -> tuple[Job, ...]:
    """Answer the jobs that sample a subgraph's outboxes and its consumers' dead letters; its worker runs them."""
    outboxes = [_outbox_job(subgraph.name, store, clock) for store in subgraph.stores]
    letters = [_letters_job(subgraph.consumers, bus)] if subgraph.consumers else []
    return (*outboxes, *letters)


def _outbox_job(subgraph: str, outbox: Outbox, clock: Clock) -> Job:
    kind = type(outbox).__name__.removesuffix("Store").lower()
    count, oldest = OUTBOX_EVENTS.labels(subgraph, kind), OUTBOX_OLDEST_SECONDS.labels(subgraph, kind)

    async def sample() -> None:
        try:
            events = await outbox.unpublished(COUNTED)
        except Exception:
            count.set(math.nan)
            oldest.set(math.nan)
            raise
        count.set(len(events))
        oldest.set(max((age_of(event, clock) for event in events), default=0.0))

    return Job(f"sample-{kind}-outbox", OUTBOX_EVERY, sample)


def _letters_job(consumers: Sequence[Consumer], bus: Bus) -> Job:
    gauges = {consumer.name: DEAD_LETTERS.labels(consumer.name) for consumer in consumers}

    async def sample() -> None:
        for group, gauge in gauges.items():
            try:
                gauge.set(len(await bus.dead_letters(group)))
            except Exception:
                gauge.set(math.nan)
                raise

    return Job("sample-dead-letters", LETTERS_EVERY, sample)
