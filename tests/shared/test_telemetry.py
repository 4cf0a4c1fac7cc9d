"""Spans, and the trail on which they are: what is exported, under which parent, and what never is."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from shared.events.envelope import Event, from_json, to_json
from shared.telemetry import Telemetry, job_run, note, span, start_telemetry
from shared.telemetry_trail import Trail, carry, checked, current, following, new_traceparent
from tests.shared.otlp_peer import OtlpPeer, Told, otlp_peer

TRACE = "0af7651916cd43dd8448eb211c80319c"
FROM_ROUTER = f"00-{TRACE}-b7ad6b7169203331-01"
SERVER, CLIENT, CONSUMER, ERROR = 2, 3, 5, 2


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[OtlpPeer]:
    with otlp_peer() as peer:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", peer.url)
        yield peer


def only(spans: list[Told]) -> Told:
    (span,) = spans
    return span


def an_event(**given: str | None) -> Event:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return Event(type="visit.moved", source="visits", subject="v_1", time=at, data={}, id="evt_1", **given)


def test_without_a_collector_nothing_of_opentelemetry_is_imported() -> None:
    program = """
import sys
from shared.telemetry import start_telemetry, span
import shared.graphql.door, shared.events.consumer, shared.events.outbox, shared.stores.mongo, shared.metrics_jobs
telemetry = start_telemetry("nobody")
with span("work", "server"):
    pass
telemetry.close()
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
"""
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2])}

    ended = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_span_belongs_to_the_trace_that_the_router_sent_and_what_is_within_to_it(peer: OtlpPeer) -> None:
    with (
        start_telemetry("bmc-visits"),
        following(Trail("req_1", FROM_ROUTER)),
        span("query visit", "server", {"bmc.subgraph": "visits"}),
        span("transaction"),
    ):
        note("db.namespace", "visits")

    operation, transaction = only(peer.named("query visit")), only(peer.named("transaction"))
    assert peer.paths == ["/v1/traces"]
    assert (operation.service, operation.trace, operation.parent) == ("bmc-visits", TRACE, "b7ad6b7169203331")
    assert (operation.kind, operation.attributes) == (SERVER, {"bmc.subgraph": "visits"})
    assert (transaction.trace, transaction.parent) == (TRACE, operation.id)
    assert transaction.attributes == {"db.namespace": "visits"}


def test_what_goes_elsewhere_has_the_open_span_for_its_parent(peer: OtlpPeer) -> None:
    with start_telemetry("bmc-visits"), following(Trail("req_1", FROM_ROUTER)), span("query visit", "server"):
        event, header = an_event(), carry()

    assert event.traceparent == header == f"00-{TRACE}-{only(peer.spans).id}-01"


def test_a_failed_span_names_the_class_of_the_error_and_not_its_message(peer: OtlpPeer) -> None:
    with pytest.raises(ValueError, match="diabetes"), start_telemetry("bmc-visits"), span("query visit", "server"):
        raise ValueError("diabetes")

    failed = only(peer.spans)
    assert (failed.status, failed.attributes, failed.events) == (ERROR, {"error.type": "ValueError"}, 0)
    assert b"diabetes" not in b"".join(peer.bodies)


def test_parts_without_a_trace_are_not_told(peer: OtlpPeer) -> None:
    with start_telemetry("bmc-visits"):
        with span("transaction"), span("ask doctors", "client"):
            pass
        with span("process visit.moved", "consumer"):
            pass

    assert [one.name for one in peer.spans] == ["process visit.moved"]


def test_a_trace_that_its_client_does_not_want_recorded_is_not(peer: OtlpPeer) -> None:
    with (
        start_telemetry("bmc-visits"),
        following(Trail("req_1", FROM_ROUTER[:-1] + "0")),
        span("query visit", "server"),
    ):
        carried = carry()

    assert peer.spans == []
    assert carried is not None
    assert (carried[3:35], carried[-2:]) == (TRACE, "00")


@pytest.mark.parametrize(("share", "recorded"), [("0", 0), ("1", 1)])
def test_a_share_of_the_traces_may_be_recorded_whatever_the_router_says(
    peer: OtlpPeer, monkeypatch: pytest.MonkeyPatch, share: str, recorded: int
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", share)
    with start_telemetry("bmc-visits"), following(Trail("req_1", FROM_ROUTER)), span("query visit", "server"):
        pass

    assert len(peer.spans) == recorded


def test_a_job_that_finds_nothing_to_do_is_not_told(peer: OtlpPeer) -> None:
    with start_telemetry("bmc-visits"), job_run("visits.remind"), span("transaction"):
        pass

    assert peer.spans == []


def test_a_job_that_led_to_something_is_the_first_span_of_its_trace(peer: OtlpPeer) -> None:
    with start_telemetry("bmc-visits"), job_run("visits.remind"), span("transaction"):
        event = an_event()

    job = only(peer.spans)
    assert (job.name, job.parent) == ("job visits.remind", "")
    assert (event.traceparent or "").startswith(f"00-{job.trace}-{job.id}-0")


def test_a_job_that_calls_another_subgraph_is_told_with_the_call(peer: OtlpPeer) -> None:
    with start_telemetry("bmc-visits"), job_run("visits.remind"), span("ask doctors", "client"):
        pass

    job, call = only(peer.named("job visits.remind")), only(peer.named("ask doctors"))
    assert (call.trace, call.parent, call.kind) == (job.trace, job.id, CLIENT)


def test_a_job_that_fails_is_told(peer: OtlpPeer) -> None:
    with pytest.raises(LookupError), start_telemetry("bmc-visits"), job_run("visits.remind"):
        raise LookupError("who")

    assert only(peer.spans).attributes == {"error.type": "LookupError"}


async def test_a_task_is_on_the_trail_of_whoever_began_it() -> None:
    async def look() -> str | None:
        return current().traceparent

    with following(Trail("req_1", FROM_ROUTER)):
        task = asyncio.create_task(look())

    assert current().traceparent is None
    assert await task == FROM_ROUTER


def test_closing_twice_and_without_a_collector_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    telemetry = start_telemetry("bmc-visits")
    telemetry.close()
    telemetry.close()

    assert Telemetry.exporter is None


def test_a_collector_that_is_away_costs_spans_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")

    with start_telemetry("bmc-visits"), span("query visit", "server"):
        pass

    assert Telemetry.exporter is None


@pytest.mark.parametrize(
    "given",
    [
        None,
        7,
        "",
        "rubbish",
        f"01-{TRACE}-b7ad6b7169203331-01",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-b7ad6b7169203331-01",
        f"{FROM_ROUTER}-more",
        f"{FROM_ROUTER}\n",
    ],
)
def test_what_is_no_trace_context_is_not_followed(given: object) -> None:
    assert checked(given) is None


def test_new_traces_differ_and_are_trace_contexts() -> None:
    begun = {new_traceparent() for _ in range(100)}

    assert len(begun) == 100
    assert {checked(one) for one in begun} == begun


def test_an_event_tells_the_trace_in_which_it_happened_by_cloudevents_extension() -> None:
    with following(Trail("req_1", FROM_ROUTER)):
        body = orjson.loads(to_json(an_event()))

    assert body["traceparent"] == FROM_ROUTER
    assert all(name.isalnum() and name.islower() for name in body)
    assert from_json(orjson.dumps(body)).traceparent == FROM_ROUTER


def test_an_event_from_before_traces_is_as_good() -> None:
    body = orjson.loads(to_json(an_event(traceparent=None)))

    assert "traceparent" not in body
    with following(Trail("req_1", FROM_ROUTER)):
        assert from_json(orjson.dumps(body)) == an_event(traceparent=None)


def test_an_event_whose_trace_context_is_rubbish_is_read_without_it() -> None:
    body = orjson.loads(to_json(an_event(traceparent=None)))

    assert from_json(orjson.dumps({**body, "traceparent": ["x"]})).traceparent is None
