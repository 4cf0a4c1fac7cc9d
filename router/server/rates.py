"""Rate limits: a bucket of tokens for each caller, filled at a steady rate; each operation takes one.

A caller is the subject of a verified token, else the address that the request came from. Buckets that are full again
are forgotten, as are the oldest when there are too many. Each worker process counts for itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from router.config import RateConfig
from router.errors import RATE_LIMITED, RouterError
from router.server.callers import Caller
from router.server.tokens import Identity

_MOST_BUCKETS = 100_000


class RateLimited(RouterError):
    """Too many operations; the next may come after `retry_after` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(RATE_LIMITED, "Too many requests.")
        self.status = 429
        self.retry_after = retry_after


class RateLimiter:
    """Takes tokens from buckets; `clock` gives seconds."""

    def __init__(self, config: RateConfig, clock: Callable[[], float]) -> None:
        self._config = config
        self._clock = clock
        # What was in the bucket, and when; the bucket touched last stands last.
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: Caller, identity: Identity) -> None:
        """Take a token for one operation; raises `RateLimited` where there is none."""
        subject = identity.claims.get("sub")
        key = f"subject {subject}" if subject is not None else f"address {caller.address}"
        now, burst = self._clock(), float(self._config.burst)
        held, since = self._buckets.pop(key, (burst, now))
        held = min(burst, held + max(0.0, now - since) * self._config.per_second)
        if held < 1:
            self._buckets[key] = (held, now)
            raise RateLimited((1 - held) / self._config.per_second)
        self._buckets[key] = (held - 1, now)
        self._forget(now)

    def _forget(self, now: float) -> None:
        """Drop the bucket that was touched longest ago, if it is full again or there are too many."""
        oldest, (held, since) = next(iter(self._buckets.items()))
        full = held + (now - since) * self._config.per_second >= self._config.burst
        if full or len(self._buckets) > _MOST_BUCKETS:
            del self._buckets[oldest]
