"""The transports around the transport: the circuit breaker, and subscriptions made again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Never

import pytest

from router.errors import TransportError
from router.transport import (
    CircuitBreaker,
    PlainRequest,
    ResubscribingTransport,
    SubgraphRequest,
    SubgraphResponse,
)
from router.transport.resubscribing import SubscriptionRefused


class Scripted:
    """Answers each request, and each subscription, by the next line of a script; an exception is raised."""

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.asked = 0

    async def send(self, _: SubgraphRequest) -> SubgraphResponse:
        self.asked += 1
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return SubgraphResponse(200, {}, step) if isinstance(step, bytes) else SubgraphResponse(step, {}, b" {}")

    async def subscribe(self, _: SubgraphRequest) -> AsyncIterator[dict[str, Any]]:
        self.asked += 1
        for step in self.script.pop(0):
            if isinstance(step, Exception):
                raise step
            yield {"data": step}

    async def request(self, _: PlainRequest) -> SubgraphResponse:
        return SubgraphResponse(204, {}, b"")

    async def close(self) -> None:
        self.script.clear()


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


REQUEST = SubgraphRequest("a", "http://a/", b"{}")
DOWN = TransportError("down")


async def fail(breaker: CircuitBreaker, message: str) -> None:
    with pytest.raises(TransportError, match=message):
        await breaker.send(REQUEST)


async def test_a_circuit_opens_after_failures_in_a_row_and_closes_after_a_success() -> None:
    inner, clock = Scripted(DOWN, 200, DOWN, DOWN, 200, 200), Clock()
    breaker = CircuitBreaker(inner, failures=2, pause_seconds=5, clock=clock)

    await fail(breaker, "down")
    assert (await breaker.send(REQUEST)).status == 200
    await fail(breaker, "down")
    await fail(breaker, "down")
    await fail(breaker, "left alone")
    assert inner.asked == 4
    clock.now += 5
    assert (await breaker.send(REQUEST)).status == 200
    assert (await breaker.send(REQUEST)).status == 200


async def test_one_request_alone_tries_a_circuit_and_its_failure_opens_it_again() -> None:
    inner, clock = Scripted(503, DOWN, 200), Clock()
    breaker = CircuitBreaker(inner, failures=1, pause_seconds=5, clock=clock)

    assert (await breaker.send(REQUEST)).status == 503
    clock.now += 5
    trying = breaker.send(REQUEST)
    await fail(breaker, "left alone")
    with pytest.raises(TransportError, match="down"):
        await trying
    await fail(breaker, "left alone")
    assert inner.asked == 2


async def test_a_circuit_is_tried_again_and_again_until_it_closes_and_may_then_open_anew(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("WARNING")
    inner, clock = Scripted(DOWN, DOWN, DOWN, 200, 200, 200, DOWN, 200), Clock()
    breaker = CircuitBreaker(inner, failures=1, pause_seconds=5, clock=clock)

    for _ in range(3):
        await fail(breaker, "down")
        await fail(breaker, "left alone")
        clock.now += 5
    for at_once in (1, 2):
        closed = [breaker.send(REQUEST) for _ in range(at_once)]
        assert [(await answer).status for answer in closed] == [200] * at_once
    await fail(breaker, "down")
    await fail(breaker, "left alone")
    clock.now += 5

    assert (await breaker.send(REQUEST)).status == 200
    assert inner.asked == 8
    assert [record.message for record in caplog.records] == ["circuit opened", "circuit closed"] * 2


@pytest.mark.parametrize("sick", [b"<html>", b"", 502, 504])
async def test_what_is_no_answer_of_a_subgraph_counts_as_a_failure(sick: bytes | int) -> None:
    breaker = CircuitBreaker(Scripted(sick, sick, 200), failures=2, pause_seconds=5, clock=Clock())

    await breaker.send(REQUEST)
    await breaker.send(REQUEST)

    await fail(breaker, "left alone")


async def test_a_request_that_could_not_even_be_sent_counts_as_a_failure() -> None:
    class Unsendable(Scripted):
        # At once, not when it is awaited.
        def send(self, _: SubgraphRequest) -> Never:
            raise DOWN

    breaker = CircuitBreaker(Unsendable(), failures=2, pause_seconds=5, clock=Clock())

    for message in ("down", "down", "left alone"):
        with pytest.raises(TransportError, match=message):
            breaker.send(REQUEST)


async def test_circuits_are_apart_by_subgraph() -> None:
    breaker = CircuitBreaker(Scripted(DOWN, 200), failures=1, pause_seconds=5, clock=Clock())

    await fail(breaker, "down")

    assert (await breaker.send(SubgraphRequest("b", "http://b/", b"{}"))).status == 200


async def collect(inner: Scripted, attempts: int = 2) -> list[Any]:
    transport = ResubscribingTransport(inner, attempts, first_pause=0.0001)
    async with aclosing(transport.subscribe(REQUEST)) as events:
        return [event["data"] async for event in events]


async def test_a_lost_subscription_is_made_again() -> None:
    inner = Scripted([1, DOWN], [DOWN], [2, DOWN], [DOWN], [3])

    assert await collect(inner) == [1, 2, 3]
    assert inner.asked == 5


async def test_a_subscription_that_is_lost_too_often_in_a_row_ends() -> None:
    inner = Scripted([1, DOWN], [DOWN], [DOWN], [2])

    with pytest.raises(TransportError, match="down"):
        await collect(inner)
    assert inner.asked == 3


async def test_a_subscription_that_is_refused_is_not_asked_for_again() -> None:
    inner = Scripted([SubscriptionRefused("closed with 4403")], [1])

    with pytest.raises(SubscriptionRefused):
        await collect(inner)
    assert inner.asked == 1


async def test_everything_else_passes_through() -> None:
    inner = Scripted(200)
    guarded = CircuitBreaker(ResubscribingTransport(inner, 1, 1), 1, 1, Clock())

    assert (await guarded.request(PlainRequest("GET", "http://a/"))).status == 204
    assert (await guarded.send(REQUEST)).status == 200
    await guarded.close()
