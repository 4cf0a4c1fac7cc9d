"""How often, and after which pause, a failed call is tried again.

Pauses are "full jitter" (a random share of an exponentially growing ceiling): callers that failed together do not come
back together.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import SystemRandom

Pause = Callable[[float], Awaitable[None]]
"""Waits so many seconds; tests pass one that only writes them down."""

pause: Pause = asyncio.sleep


@dataclass(frozen=True, slots=True)
class Backoff:
    """At most `attempts` tries; before try n+1 a pause of up to `first * 2**(n-1)`, never over `ceiling`, seconds."""

    attempts: int = 3
    first: float = 0.05
    ceiling: float = 1.0
    share: Callable[[], float] = SystemRandom().random

    def seconds_after(self, attempt: int) -> float:
        """Answer the pause after the `attempt`-th failure, counted from 1."""
        return float(self.share() * min(self.ceiling, self.first * 2 ** (attempt - 1)))
