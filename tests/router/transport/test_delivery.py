"""What requests come to, how long they may take, and when they are written."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from router.errors import TransportError
from router.transport import Delivery, Outcome, SubgraphResponse, deliver
from router.transport.outbox import Outbox
from router.transport.time_limits import TimeLimit

RESPONSE = SubgraphResponse(200, {}, b"{}")


async def answer(response: SubgraphResponse | Exception) -> SubgraphResponse:
    await asyncio.sleep(0)
    if isinstance(response, Exception):
        raise response
    return response


def test_those_who_asked_are_told_at_once_and_in_their_order() -> None:
    delivery = Delivery()
    told: list[tuple[int, Outcome]] = []
    delivery.then(lambda outcome: told.append((1, outcome)))
    delivery.then(lambda outcome: told.append((2, outcome)))

    delivery.settle(RESPONSE)
    delivery.then(lambda outcome: told.append((3, outcome)))

    assert told == [(1, RESPONSE), (2, RESPONSE), (3, RESPONSE)]


def test_only_the_first_outcome_counts() -> None:
    delivery = Delivery()
    told: list[Outcome] = []
    delivery.then(told.append)

    delivery.settle(RESPONSE)
    delivery.settle(TransportError("late"))

    assert told == [RESPONSE]


async def test_a_delivery_can_be_awaited_before_and_after_it_is_settled() -> None:
    delivery = Delivery()
    waiting = asyncio.ensure_future(delivery)
    await asyncio.sleep(0)

    delivery.settle(RESPONSE)

    assert await waiting == RESPONSE
    assert await delivery == RESPONSE


async def test_whoever_gives_up_waiting_harms_nobody() -> None:
    delivery = Delivery()
    waiting = asyncio.ensure_future(delivery)
    await asyncio.sleep(0)
    waiting.cancel()

    delivery.settle(RESPONSE)

    assert await delivery == RESPONSE


async def test_coroutines_are_delivered_with_what_they_return_or_raise() -> None:
    assert await deliver(answer(RESPONSE)) == RESPONSE
    with pytest.raises(TransportError, match="down"):
        await deliver(answer(TransportError("down")))


async def test_a_coroutine_that_is_cancelled_is_an_error_like_others() -> None:
    task = asyncio.ensure_future(answer(RESPONSE))
    delivery = deliver(task)
    task.cancel()

    with pytest.raises(TransportError, match="was given up"):
        await delivery


async def test_a_time_limit_runs_out_for_what_was_not_removed_in_the_order_of_its_beginning() -> None:
    over: list[str] = []
    everything = asyncio.Event()

    def run_out(item: str) -> None:
        over.append(item)
        limit.remove("taken along")
        if item == "third":
            everything.set()

    limit = TimeLimit(asyncio.get_running_loop(), 0.01, run_out)
    for item in ("first", "second", "taken along"):
        limit.add(item)
    limit.remove("second")
    await asyncio.sleep(0.005)
    limit.add("third")
    await everything.wait()

    assert over == ["first", "third"]
    assert not limit


class Wire(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[Any] = []
        self.closing = False

    def write(self, data: Any) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.closing


async def test_an_outbox_writes_at_the_end_of_the_round_to_whoever_is_still_there() -> None:
    outbox, wire, closed = Outbox(), Wire(), Wire()

    outbox.write(wire, b"a")
    outbox.write(closed, b"b")
    outbox.write(wire, b"c")
    closed.closing = True
    at_once = list(wire.written)
    await asyncio.sleep(0)

    assert (at_once, wire.written, closed.written) == ([], [b"a", b"c"], [])
