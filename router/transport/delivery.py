"""What a request comes to: a response or an error, told to callbacks at the moment it is known.

A future of asyncio would put each callback off to the loop's next round, by a handle that is made for it. The router
waits for nothing but such answers, several a request, so here whoever is told goes on at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from functools import partial
from typing import TypeAlias

from router.errors import TransportError
from router.transport.messages import SubgraphResponse

Outcome: TypeAlias = SubgraphResponse | BaseException
Told: TypeAlias = Callable[[Outcome], object]


class Delivery:
    """A request under way; it may also be awaited."""

    __slots__ = ("_outcome", "_told", "is_settled")

    def __init__(self) -> None:
        self.is_settled = False
        self._outcome: Outcome | None = None
        self._told: list[Told] = []

    def then(self, told: Told) -> None:
        """Have `told` called with the outcome, after those that asked before; it must not raise."""
        if self._outcome is None:
            self._told.append(told)
        else:
            told(self._outcome)

    def settle(self, outcome: Outcome) -> None:
        """Tell the outcome; what comes after the first is not heard."""
        if not self.is_settled:
            self.is_settled = True
            self._outcome = outcome
            for told in self._told:
                told(outcome)
            self._told.clear()

    def __await__(self) -> Generator[object, None, SubgraphResponse]:
        if self._outcome is None:
            arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.then(lambda _: None if arrived.done() else arrived.set_result(None))
            yield from arrived
        assert self._outcome is not None, "It was just told."
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome


def deliver(response: Awaitable[SubgraphResponse]) -> Delivery:
    """Make a delivery of whatever a transport answers."""
    if isinstance(response, Delivery):
        return response
    delivery = Delivery()
    future = asyncio.ensure_future(response)
    future.add_done_callback(partial(_settle_by, delivery))
    return delivery


def _settle_by(delivery: Delivery, future: asyncio.Future[SubgraphResponse]) -> None:
    if future.cancelled():
        delivery.settle(TransportError("was given up"))
    else:
        delivery.settle(future.exception() or future.result())
