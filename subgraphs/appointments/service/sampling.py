"""What operators are shown of holds: sampled, because each scrape would cost a query."""

from shared.clock import Clock
from shared.metrics import HOLD_OVERDUE_SECONDS, HOLDS
from subgraphs.appointments.repository.holds import HoldRepository


class Sampling:
    """Samples holds."""

    def __init__(self, holds: HoldRepository, clock: Clock) -> None:
        self._holds = holds
        self._clock = clock

    async def sample_holds(self) -> None:
        """Tell how many holds stand, and how late the oldest one is that has ended and is not written down."""
        now = self._clock.now()
        holds = await self._holds.at(now)
        HOLDS.set(holds.standing)
        HOLD_OVERDUE_SECONDS.set((now - holds.ended_first).total_seconds() if holds.ended_first is not None else 0)
