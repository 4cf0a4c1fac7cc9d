"""Exponential back-off with jitter: how long to wait before trying again.

Jitter spreads those who failed together, so that they do not collide again together.
Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from dataclasses import dataclass
from secrets import SystemRandom

_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delays that double from `first` up to `longest` (seconds)."""

    first: float
    longest: float

    def bound(self, failures: int) -> float:
        """Answer the longest delay after so many failures (1, 2, …)."""
        # Past 2**30 the product is beyond any `longest` worth setting, and a float would overflow at 2**1024.
        return float(min(self.longest, self.first * 2 ** min(failures - 1, 30)))

    def delay(self, failures: int) -> float:
        """Draw a delay after so many failures: from half the bound, so that it never is zero, to the bound."""
        bound = self.bound(failures)
        return _random.uniform(bound / 2, bound)
