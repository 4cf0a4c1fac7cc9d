"""Traces, as a real collector gets them over OTLP/HTTP: what goes together, and what is never told."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from tests.shared.otlp_peer import OtlpPeer, otlp_peer

from .running_router import Connection, RunningRouter, running_router

TRACE, CLIENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
BOTH = b'{"query":"{ users { name rating } }"}'
CANARY = "kanarienvogel"


@dataclass(frozen=True)
class Told:
    """A span as it arrived."""

    service: str
    trace: str
    id: str
    parent: str
    name: str
    kind: int
    failed: bool
    attributes: dict[str, Any]


def told(peer: OtlpPeer) -> Iterator[Told]:
    for body in peer.bodies:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = {one.key: one.value.string_value for one in resource.resource.attributes}["service.name"]
            for span in (span for scope in resource.scope_spans for span in scope.spans):
                yield Told(
                    service,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.name,
                    span.kind,
                    span.status.code == 2,
                    {one.key: value(one.value) for one in span.attributes},
                )


def value(given: AnyValue) -> Any:
    kind = given.WhichOneof("value")
    return [value(one) for one in given.array_value.values] if kind == "array_value" else getattr(given, str(kind))


def exporting(peer: OtlpPeer) -> dict[str, str]:
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": peer.url, "OTEL_SERVICE_NAME": "our-router", "OTEL_BSP_SCHEDULE_DELAY": "50"}


async def spans(peer: OtlpPeer, count: int) -> dict[str, list[Told]]:
    """Wait until so many have arrived; answers them by name."""
    while len(list(told(peer))) < count:  # noqa: ASYNC110  The peer is another thread.
        await asyncio.sleep(0.02)
    named: dict[str, list[Told]] = {}
    for span in told(peer):
        named.setdefault(span.name, []).append(span)
    return named


def fetched_under(router: RunningRouter) -> list[str]:
    heads = [head.decode() for head, _ in router.subgraphs.requests]
    return [head.partition("traceparent: ")[2].partition("\r\n")[0] for head in heads]


async def test_a_request_its_preparation_and_its_fetches_are_one_trace_with_the_clients(tmp_path: Path) -> None:
    with otlp_peer() as peer:
        async with running_router(tmp_path, environment=exporting(peer)) as router:
            connection = Connection(router.port)
            answer = await connection.ask(BOTH, headers=f"traceparent: 00-{TRACE}-{CLIENT}-01\r\n")
            await connection.ask(BOTH)
            named = await spans(peer, 8)

    request, second = named["query"]
    prepare, again = named["prepare"]
    accounts, ratings = named["fetch accounts"][0], named["fetch ratings"][0]
    assert answer.status == 200
    assert (request.service, request.trace, request.parent, request.kind) == ("our-router", TRACE, CLIENT, 2)
    assert request.attributes == {
        "graphql.operation.type": "query",
        "router.root_fields": ["users"],
        "http.request.method": "POST",
        "url.path": "/graphql",
        "http.response.status_code": 200,
        "router.fetches": 2,
    }
    assert {(span.trace, span.parent) for span in (prepare, accounts, ratings)} == {(TRACE, request.id)}
    assert (accounts.kind, accounts.attributes["router.subgraph"]) == (3, "accounts")
    assert accounts.attributes["http.response.status_code"] == 200
    assert fetched_under(router)[:2] == [f"00-{TRACE}-{accounts.id}-01", f"00-{TRACE}-{ratings.id}-01"]
    assert (prepare.attributes, again.attributes) == ({"router.cache_hit": False}, {"router.cache_hit": True})
    assert second.parent == ""
    assert second.trace != TRACE


async def test_what_clients_and_subgraphs_say_is_never_told_and_baggage_goes_nowhere(tmp_path: Path) -> None:
    query = (
        "query kanarienvogel($v: ID!) { kanarienvogel: user(id: $v) { name } "
        'literal: user(id: "kanarienvogel") { kanarienvogel: name secret } }'
    )
    headers = "".join(
        f"{name}: kanarienvogel\r\n"
        for name in ("authorization", "x-correlation-id", "baggage", "user-agent", "tracestate", "accept-language")
    )
    bad = b'{"query":"{ kanarienvogel }"}'
    fine = orjson.dumps({"query": query, "variables": {"v": CANARY}, "operationName": CANARY})
    with otlp_peer() as peer:
        async with running_router(tmp_path, environment=exporting(peer)) as router:
            connection = Connection(router.port)
            answers = [await connection.ask(body, headers=headers) for body in (fine, bad, b"kanarienvogel")]
            named = await spans(peer, 5)

    assert [answer.status for answer in answers] == [200, 200, 400]
    assert sorted(named) == ["fetch accounts", "prepare", "query", "request"]
    assert [CANARY.encode() in body for body in peer.bodies] == [False] * len(peer.bodies)
    assert {span.attributes["router.errors"][0] for span in named["request"]} == {
        "GRAPHQL_VALIDATION_FAILED",
        "BAD_REQUEST",
    }
    assert CANARY.encode() in router.subgraphs.requests[0][1]
    assert not any(b"baggage" in head for head, _ in router.subgraphs.requests)


async def test_a_fetch_that_fails_is_told_as_failed_without_its_message_and_so_is_its_request(tmp_path: Path) -> None:
    nowhere = {"subgraphs": {"accounts": {"url": "http://127.0.0.1:1/kanarienvogel"}}}
    with otlp_peer() as peer:
        async with running_router(tmp_path, nowhere, environment=exporting(peer)) as router:
            await Connection(router.port).ask()
            named = await spans(peer, 3)

    (fetch,), (request,) = named["fetch accounts"], named["query"]
    assert (fetch.failed, fetch.attributes["error.type"]) == (True, "ConnectFailed")
    assert (request.failed, request.attributes["router.errors"]) == (True, ["SUBGRAPH_UNAVAILABLE"])
    assert not any(CANARY.encode() in body for body in peer.bodies)


async def test_workers_tell_their_spans_and_the_last_ones_are_sent_at_the_end(tmp_path: Path) -> None:
    with otlp_peer() as peer:
        slowly = {**exporting(peer), "OTEL_BSP_SCHEDULE_DELAY": "1000000"}
        async with running_router(tmp_path, workers=2, environment=slowly) as router:
            for _ in range(10):
                await Connection(router.port).ask()
            router.process.terminate()
            status = await router.process.wait()

    assert status == 0
    assert len([span for span in told(peer) if span.name == "query"]) == 10


async def test_a_collector_that_is_away_disturbs_nobody(tmp_path: Path) -> None:
    nowhere = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_BSP_SCHEDULE_DELAY": "10"}
    async with running_router(tmp_path, environment=nowhere) as router:
        connection = Connection(router.port)
        answers = [await connection.ask() for _ in range(5)]
        router.process.terminate()
        status = await router.process.wait()

    assert {answer.status for answer in answers} == {200}
    assert status == 0


async def test_a_trace_that_the_client_does_not_sample_is_not_sent_but_goes_on(tmp_path: Path) -> None:
    with otlp_peer() as peer:
        async with running_router(tmp_path, environment=exporting(peer)) as router:
            connection = Connection(router.port)
            await connection.ask(headers=f"traceparent: 00-{TRACE}-{CLIENT}-00\r\n")
            await connection.ask(b'{"query":"{ __typename }"}')
            named = await spans(peer, 2)

    (seen,) = fetched_under(router)
    assert sorted(named) == ["prepare", "query"]
    assert (seen[:36], seen[-3:]) == (f"00-{TRACE}-", "-00")
    assert CLIENT not in seen


@pytest.mark.parametrize("environment", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "true"}])
def test_without_a_collector_nothing_of_opentelemetry_is_imported(environment: dict[str, str]) -> None:
    code = (
        "import sys; from router.server import create_app; from router.config import RouterConfig;"
        "from router.transport import HttpTransport; from tests.router.server.federation import SUPERGRAPH;"
        "create_app(SUPERGRAPH, RouterConfig(), HttpTransport());"
        "import router.server.process;"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )

    ended = subprocess.run([sys.executable, "-c", code], env=environment, cwd=Path(__file__).parents[3], check=False)

    assert ended.returncode == 0
