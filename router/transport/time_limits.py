"""Time limits of exchanges, for which one timer is enough.

Exchanges that may take equally long run out of time in the order in which they began: only the oldest is watched. So
an exchange costs an entry and its removal, where a timer of the loop's own for each would cost several times as much.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")


class TimeLimit(Generic[ItemT]):
    """Calls `run_out` with each item that has not been removed `seconds` after it was added."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float, run_out: Callable[[ItemT], None]) -> None:
        self.seconds = seconds
        self._loop = loop
        self._run_out = run_out
        self._ends: dict[ItemT, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, item: ItemT) -> None:
        end = self._ends[item] = self._loop.time() + self.seconds
        if self._timer is None:
            self._timer = self._loop.call_at(end, self._look)

    def remove(self, item: ItemT) -> None:
        self._ends.pop(item, None)

    def __bool__(self) -> bool:
        """Whether anything is watched."""
        return bool(self._ends)

    def _look(self) -> None:
        self._timer = None
        now = self._loop.time()
        over: list[ItemT] = []
        for item, end in self._ends.items():
            if end > now:
                self._timer = self._loop.call_at(end, self._look)
                break
            over.append(item)
        for item in over:
            # What runs out first may have taken others of the list along.
            if self._ends.pop(item, None) is not None:
                self._run_out(item)
