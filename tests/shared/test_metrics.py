"""What is counted: each number moves when its thing happens, and no label is anything but a name of ours."""

import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel

from shared.clients.transport import NoAnswer
from shared.clock import ManualClock
from shared.errors import SubgraphUnavailable
from shared.events.backoff import Backoff
from shared.events.consumer import Consumer, Retries, Subscription
from shared.events.envelope import Event
from shared.events.log import LogBus
from shared.events.observing import in_hand
from shared.events.outbox import Relay
from shared.metrics import REGISTRY, metrics_app
from shared.metrics_jobs import loop_failed, sampling_jobs, watched
from shared.stores.mongo import MongoStore
from shared.subgraph import Job, Subgraph
from tests.shared.clients.peer import Client, ScriptedHttp, doctors, json_answer
from tests.shared.events.events import NOON, fact
from tests.shared.things import ask

QUICK = Retries(attempts=2, backoff=Backoff(first=0.001, longest=0.002), outage_seconds=60)


class Number(BaseModel):
    n: int


@pytest.fixture
async def bus() -> AsyncIterator[LogBus]:
    opened = await LogBus.open(None)
    yield opened
    await opened.close()


def value(name: str, /, **labels: str) -> float:
    found: float | None = REGISTRY.get_sample_value(name, labels)
    return 0.0 if found is None else found


def operations(kind: str, operation: str) -> float:
    return value("bmc_operation_seconds_count", subgraph="things", kind=kind, operation=operation)


@pytest.mark.parametrize(
    ("query", "kind", "operation"),
    [
        ('{ thing(id: "1") { id } }', "query", "thing"),
        ('query AshaRao { asha: thing(id: "1") { id } }', "query", "thing"),
        ('{ __typename thing(id: "1") { id } }', "query", "thing"),
        ('{ thing(id: "1") { id } missingThing { id } }', "query", "several"),
        ("mutation { liftThing { thing { id } } }", "mutation", "liftThing"),
        ("{ ashaRao { id } }", "invalid", "invalid"),
        ("{ not graphql", "invalid", "invalid"),
        ("subscription { thing { id } }", "invalid", "invalid"),
        ("{ __typename }", "query", "__typename"),
    ],
)
async def test_an_operation_is_timed_under_its_root_field(query: str, kind: str, operation: str) -> None:
    before = operations(kind, operation)

    await ask(query)

    assert operations(kind, operation) == before + 1


@pytest.mark.parametrize(
    ("selection", "operation"),
    [
        ("... on Thing { id }", "_entities(Thing)"),
        ("... on AshaRao { id }", "_entities(several)"),
        ("__typename", "_entities(several)"),
    ],
)
async def test_entities_are_timed_under_their_type(selection: str, operation: str) -> None:
    before = operations("query", operation)

    query = f"query($r: [_Any!]!) {{ _entities(representations: $r) {{ {selection} }} }}"
    await ask(query, {"r": [{"__typename": "Thing", "id": "1"}]})

    assert operations("query", operation) == before + 1


async def test_a_refusal_of_the_business_is_counted_by_code_and_operation() -> None:
    labels = {"subgraph": "things", "operation": "liftThing", "code": "TOO_HEAVY"}
    before = value("bmc_refusals_total", **labels)

    answer = await ask("mutation { lifted: liftThing { thing { id } } }")

    assert answer == {"data": {"lifted": {"thing": None}}}
    assert value("bmc_refusals_total", **labels) == before + 1


@pytest.mark.parametrize(
    ("query", "operation", "code"),
    [
        ("{ missingThing { id } }", "missingThing", "NOT_FOUND"),
        ("{ brokenThing { id } }", "brokenThing", "INTERNAL_SERVER_ERROR"),
        ("{ thing { id } }", "thing", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_an_error_is_counted_by_code_and_operation(query: str, operation: str, code: str) -> None:
    labels = {"subgraph": "things", "operation": operation, "code": code}
    before = value("bmc_operation_errors_total", **labels)

    await ask(query)

    assert value("bmc_operation_errors_total", **labels) == before + 1


async def test_a_request_that_is_turned_away_at_the_door_is_counted() -> None:
    labels = {"subgraph": "things", "operation": "none", "code": "UNAUTHENTICATED"}
    before = value("bmc_operation_errors_total", **labels)

    await ask("{ __typename }", headers={"authorization": "Bearer rubbish"})

    assert value("bmc_operation_errors_total", **labels) == before + 1


async def test_nothing_that_a_client_writes_becomes_a_label() -> None:
    told = {"x-correlation-id": "canary-id", "user-agent": "canary-agent"}
    await ask('query canaryName { canaryAlias: brokenThing(note: "canary-literal") { id } }', headers=told)
    await ask("query canaryName($v: String!) { canaryAlias: brokenThing(note: $v) { id } }", {"v": "canary-variable"})
    await ask("mutation canaryName { canaryAlias: liftThing { canaryAlias: thing { id } } }")
    await ask("{ canaryField { id } }")

    assert "canary" not in (await exposition()).lower()


def consumer_of(name: str, store: MongoStore, bus: LogBus, *failures: Exception) -> Consumer:
    script = list(failures)

    async def handle(_: Event, __: Number) -> None:
        if script:
            raise script.pop(0)

    clock = ManualClock(NOON + timedelta(seconds=40))
    subscription = Subscription(Number, handler=handle, transactional=False)
    return Consumer(name, store, bus, {"counter.incremented": subscription}, retries=QUICK, clock=clock)


async def test_a_handled_event_is_counted_with_its_age(mongo_store: MongoStore, bus: LogBus) -> None:
    await consumer_of("ages", mongo_store, bus).receive(fact("a", 1))

    assert value("bmc_event_seconds_sum", consumer="ages") == 40.0
    assert value("bmc_event_seconds_count", consumer="ages") == 1


async def test_failed_attempts_are_counted_by_reason(mongo_store: MongoStore, bus: LogBus) -> None:
    consumer = consumer_of("retries", mongo_store, bus, SubgraphUnavailable(), LookupError(), LookupError())

    await consumer.receive(fact("a", 1))

    failures = {"consumer": "retries", "type": "counter.incremented"}
    assert value("bmc_event_failures_total", reason="outage", **failures) == 1
    assert value("bmc_event_failures_total", reason="fault", **failures) == 2
    assert value("bmc_events_set_aside_total", **failures) == 1
    assert value("bmc_event_seconds_count", consumer="retries") == 0


async def test_an_unreadable_event_is_counted_as_such(mongo_store: MongoStore, bus: LogBus) -> None:
    unreadable = Event(type="counter.incremented", source="tests", subject="a", time=NOON, data={})

    await consumer_of("unreadables", mongo_store, bus).receive(unreadable)

    failures = {"consumer": "unreadables", "type": "counter.incremented"}
    assert value("bmc_event_failures_total", reason="unreadable", **failures) == 1
    assert value("bmc_events_set_aside_total", **failures) == 1


async def test_events_that_nobody_subscribed_to_are_not_counted(mongo_store: MongoStore, bus: LogBus) -> None:
    await consumer_of("strangers", mongo_store, bus).receive(fact("a", 1, type_="counter.emptied"))

    assert value("bmc_event_seconds_count", consumer="strangers") == 0


def test_an_event_in_hand_grows_older_until_it_is_done_with() -> None:
    with in_hand("hands", fact("a", 1)):
        first = value("bmc_event_in_hand_seconds", consumer="hands")
        second = value("bmc_event_in_hand_seconds", consumer="hands")

    assert 0 < first < second
    assert value("bmc_event_in_hand_seconds", consumer="hands") == 0


async def test_published_events_are_counted_by_their_source(mongo_store: MongoStore, bus: LogBus) -> None:
    before = value("bmc_events_published_total", source="tests")
    await committed(mongo_store, fact("a", 1), fact("a", 2))

    await Relay(mongo_store, bus).relay_batch()

    assert value("bmc_events_published_total", source="tests") == before + 2


async def test_an_outbox_is_sampled_by_number_and_age(mongo_store: MongoStore, bus: LogBus) -> None:
    await committed(mongo_store, fact("a", 1), fact("a", 2))
    labels = {"subgraph": "counters", "store": "mongo"}
    jobs = jobs_of(mongo_store, bus)

    await jobs["sample-mongo-outbox"].run()

    assert value("bmc_outbox_events", **labels) == 2
    assert value("bmc_outbox_oldest_seconds", **labels) == 90

    await Relay(mongo_store, bus).relay_batch()
    await jobs["sample-mongo-outbox"].run()

    assert value("bmc_outbox_events", **labels) == 0
    assert value("bmc_outbox_oldest_seconds", **labels) == 0


async def test_dead_letters_are_sampled_by_consumer(mongo_store: MongoStore, bus: LogBus) -> None:
    failing = consumer_of("letters", mongo_store, bus, LookupError(), LookupError())
    await failing.receive(fact("a", 1))
    jobs = jobs_of(mongo_store, bus, failing)

    await jobs["sample-dead-letters"].run()

    assert value("bmc_dead_letters", consumer="letters") == 1


async def test_what_cannot_be_sampled_is_no_number(mongo_store: MongoStore, bus: LogBus) -> None:
    class Gone:
        def __getattr__(self, name: str) -> Any:
            raise ConnectionError

    jobs = jobs_of(Gone(), bus)

    with pytest.raises(ConnectionError):
        await jobs["sample-gone-outbox"].run()

    assert math.isnan(value("bmc_outbox_events", subgraph="counters", store="gone"))
    assert math.isnan(value("bmc_outbox_oldest_seconds", subgraph="counters", store="gone"))


def jobs_of(store: Any, bus: LogBus, *consumers: Consumer) -> dict[str, Job]:
    subgraph = Subgraph(name="counters", app=metrics_app, stores=(store,), consumers=consumers)
    return {job.name: job for job in sampling_jobs(subgraph, bus, ManualClock(NOON + timedelta(seconds=90)))}


async def committed(store: MongoStore, *events: Event) -> None:
    async def work() -> None:
        store.publish(*events)

    await store.transaction(work)


async def test_a_job_tells_when_it_was_last_done() -> None:
    began = datetime.now(UTC).timestamp()
    labels = {"subgraph": "counters", "name": "count"}

    async def count() -> None:
        """Do nothing."""

    run = watched("counters", Job("count", timedelta(seconds=5), count))
    armed = value("bmc_job_last_success_timestamp_seconds", **labels)
    await run()

    assert value("bmc_job_interval_seconds", **labels) == 5
    assert began <= armed < value("bmc_job_last_success_timestamp_seconds", **labels)
    assert value("bmc_job_runs_total", outcome="done", **labels) == 1


async def test_a_job_that_fails_is_counted_and_not_taken_for_done() -> None:
    labels = {"subgraph": "counters", "name": "fail"}

    async def fail() -> None:
        raise LookupError

    run = watched("counters", Job("fail", timedelta(seconds=5), fail))
    armed = value("bmc_job_last_success_timestamp_seconds", **labels)
    with pytest.raises(LookupError):
        await run()

    assert value("bmc_job_last_success_timestamp_seconds", **labels) == armed
    assert value("bmc_job_runs_total", outcome="failed", **labels) == 1


def test_a_loop_that_ended_by_an_error_is_counted() -> None:
    loop_failed("counters.relay-0")

    assert value("bmc_loop_failures_total", loop="counters.relay-0") == 1


async def test_calls_of_another_subgraph_are_counted_by_outcome_and_its_circuit_is_shown() -> None:
    def calls(outcome: str) -> float:
        return value("bmc_calls_total", peer="doctors", outcome=outcome)

    outcomes = ("answered", "answered_with_errors", "failed", "left_alone")
    before = {outcome: calls(outcome) for outcome in outcomes}
    client = Client(ScriptedHttp(doctors, json_answer({"errors": [{}]}), *[NoAnswer("slow")] * 6, doctors))
    opened = value("bmc_circuits_open", peer="doctors")

    await client.ask("doc_1")
    for doctor in ("doc_2", "doc_3", "doc_4", "doc_5"):
        with pytest.raises(SubgraphUnavailable):
            await client.ask(doctor)

    assert {outcome: calls(outcome) - before[outcome] for outcome in outcomes} == {
        "answered": 1,
        "answered_with_errors": 1,
        "failed": 5,
        "left_alone": 2,
    }
    assert value("bmc_circuits_open", peer="doctors") == opened + 1


async def test_the_app_answers_in_prometheus_format() -> None:
    names = {family.name for family in text_string_to_metric_families(await exposition())}

    assert {"bmc_outbox_oldest_seconds", "bmc_operation_seconds", "process_resident_memory_bytes"} <= names


async def exposition() -> str:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await metrics_app({}, None, send)
    assert sent[0]["status"] == 200
    assert sent[0]["headers"][0][1].startswith(b"text/plain; version=")
    body: bytes = sent[1]["body"]
    return body.decode()
