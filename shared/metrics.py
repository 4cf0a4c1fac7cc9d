"""What this process counts, for Prometheus, and the app that shows it.

Everything is on the library's own registry, where the process's memory, processor time and open files are already; the
router's `/metrics` shows it too once it is registered there. Each family is declared here, so that one page says what
can be asked for; deploy/observability asks for nothing else, which a test checks.

NOTE: labels are names from the program: subgraphs, root fields of their schemas, codes, kinds, consumers, jobs. Never
what a client chose, and never an id, so that the number of series is bounded, and small.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Histogram, generate_latest
from prometheus_client import disable_created_metrics as _disable_created_metrics

__all__ = ["REGISTRY"]

Message: TypeAlias = MutableMapping[str, Any]

# When each counter began is nothing that we ask, and would double what is kept.
_disable_created_metrics()  # type: ignore[no-untyped-call]

OPERATION_SECONDS = Histogram(
    "bmc_operation_seconds",
    "Time of GraphQL operations at a subgraph, by root field.",
    ["subgraph", "kind", "operation"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
OPERATION_ERRORS = Counter(
    "bmc_operation_errors_total",
    "Operations' entries in `errors`, by code.",
    ["subgraph", "operation", "code"],
)
REFUSALS = Counter(
    "bmc_refusals_total",
    "What the business refused, by the code in `userErrors`.",
    ["subgraph", "operation", "code"],
)

CALLS = Counter(
    "bmc_calls_total",
    "Tries to call another subgraph: answered, answered_with_errors, failed, left_alone (its circuit is open).",
    ["peer", "outcome"],
)
CIRCUITS_OPEN = Gauge(
    "bmc_circuits_open", "Circuits to another subgraph that are open or wait for their probe.", ["peer"]
)

TRANSACTION_RETRIES = Counter("bmc_transaction_retries_total", "Transactions begun again because they met others.")

OUTBOX_EVENTS = Gauge(
    "bmc_outbox_events", "Committed events that are not on the bus yet, counted up to 1000.", ["subgraph", "store"]
)
OUTBOX_OLDEST_SECONDS = Gauge(
    "bmc_outbox_oldest_seconds", "Age of the oldest event that is not on the bus yet.", ["subgraph", "store"]
)
EVENTS_PUBLISHED = Counter("bmc_events_published_total", "Events put on the bus, by their subgraph.", ["source"])
RELAY_FAILURES = Counter("bmc_relay_failures_total", "Batches that a relay could not move, or not forget.")

EVENT_SECONDS = Histogram(
    "bmc_event_seconds",
    "From when an event happened until a consumer had handled it.",
    ["consumer"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900),
)
EVENT_FAILURES = Counter(
    "bmc_event_failures_total",
    "Failed attempts at an event: outage (another part did not answer), fault, unreadable.",
    ["consumer", "type", "reason"],
)
EVENTS_SET_ASIDE = Counter("bmc_events_set_aside_total", "Events that became dead letters.", ["consumer", "type"])
DEAD_LETTERS = Gauge("bmc_dead_letters", "Dead letters that wait for somebody.", ["consumer"])

MAILS = Counter(
    "bmc_mails_total", "Attempts at mails: sent, put_off, failed (given up), suppressed.", ["kind", "outcome"]
)
MAIL_OVERDUE_SECONDS = Gauge("bmc_mail_overdue_seconds", "How long the mail has been due that has waited longest.")

HOLDS = Gauge("bmc_holds", "Unpaid appointments that hold their slot.")
HOLD_OVERDUE_SECONDS = Gauge(
    "bmc_hold_overdue_seconds", "How long ago the oldest hold ended that is not written down as expired."
)

JOB_RUNS = Counter("bmc_job_runs_total", "Runs of clock jobs: done or failed.", ["subgraph", "name", "outcome"])
JOB_LAST_SUCCESS = Gauge(
    "bmc_job_last_success_timestamp_seconds",
    "When a clock job was last done, or the process began it.",
    ["subgraph", "name"],
)
JOB_INTERVAL_SECONDS = Gauge("bmc_job_interval_seconds", "How often a clock job runs.", ["subgraph", "name"])
LOOP_FAILURES = Counter("bmc_loop_failures_total", "Loops that ended by an error and were begun again.", ["loop"])


async def metrics_app(_: Message, __: object, send: Callable[[Message], Awaitable[None]]) -> None:
    """Answer any request with what is counted: an ASGI app to be mounted."""
    headers = [(b"content-type", CONTENT_TYPE_LATEST.encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": generate_latest(REGISTRY)})
