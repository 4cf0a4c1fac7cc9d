"""What the access log counts: all that has ended, each in its place, whenever somebody asks."""

from __future__ import annotations

import asyncio

from prometheus_client import CollectorRegistry, Histogram

from router.server.access_log import AccessLog, Outcome

# Below, on, and above the bounds of buckets, and over the last.
SECONDS = [0.0, 0.0009, 0.001, 0.0011, 0.3, 0.3, 10.0, 11.0]


def counted(log: AccessLog, name: str) -> list[str]:
    return [line for line in log.metrics().decode().splitlines() if line.startswith(name) and "_created" not in line]


def ended(log: AccessLog, seconds: float, kind: str = "query", status: int = 200, fetches: int = 0) -> None:
    outcome = Outcome("POST", "/graphql", "c-1", kind=kind, status=status, fetches=fetches)
    log.finish(outcome, log.start() - seconds)


async def test_whoever_asks_is_told_what_has_ended_in_the_same_round() -> None:
    log = AccessLog(enabled=False)

    ended(log, 0.1, fetches=2)
    ended(log, 0.1, status=503, fetches=3)
    first = counted(log, "router_requests_total")
    ended(log, 0.1)
    await asyncio.sleep(0)

    assert first == ['router_requests_total{kind="query",status="200"} 1.0',
                     'router_requests_total{kind="query",status="503"} 1.0']  # fmt: skip
    assert counted(log, "router_requests_total")[0] == 'router_requests_total{kind="query",status="200"} 2.0'
    assert counted(log, "router_fetches_total") == ["router_fetches_total 5.0"]


async def test_what_has_ended_is_counted_without_anybody_asking() -> None:
    log = AccessLog(enabled=False)

    for kind in ("query", "mutation", "query"):
        ended(log, 0.1, kind)
    await asyncio.sleep(0)
    told = {
        (sample.name, sample.labels.get("kind")): sample.value
        for metric in log.registry.collect()
        for sample in metric.samples
        if sample.name in {"router_requests_total", "router_request_seconds_count"}
    }

    assert told == {
        ("router_requests_total", "query"): 2,
        ("router_requests_total", "mutation"): 1,
        ("router_request_seconds_count", "query"): 2,
        ("router_request_seconds_count", "mutation"): 1,
    }


async def test_times_counted_together_are_in_the_buckets_of_times_counted_one_by_one() -> None:
    log, registry = AccessLog(enabled=False, clock=lambda: 100.0), CollectorRegistry()
    bounds = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
    law = Histogram("router_request_seconds", "Time to answer.", ["kind"], registry=registry, buckets=bounds)

    for seconds in SECONDS:
        ended(log, seconds)
        law.labels("query").observe(100.0 - (100.0 - seconds))

    log.count()
    assert samples(log.registry) == samples(registry)


def samples(registry: CollectorRegistry) -> list[tuple[str, str | None, float]]:
    return [
        (sample.name, sample.labels.get("le"), sample.value)
        for metric in registry.collect()
        if metric.name == "router_request_seconds"
        for sample in metric.samples
        if "_created" not in sample.name
    ]
