"""A circuit breaker: after several failures in a row a peer is left alone for a while, then tried with one call.

    closed --(failures in a row)--> open --(delay)--> half-open --(probe succeeds)--> closed
                                      ^------------------(probe fails)----'

Failing at once is kinder than time-outs: to the caller, who gets an answer, and to the peer, who gets air.
"""

from datetime import datetime, timedelta
from enum import Enum, auto

from shared.clock import Clock
from shared.metrics import CIRCUITS_OPEN


class Circuit(Enum):
    """Whether calls pass."""

    CLOSED = auto()
    OPEN = auto()
    HALF_OPEN = auto()


class Breaker:
    """One peer's circuit. Whoever was admitted reports back: `succeeded`, `failed`, or `abandoned` when cancelled."""

    def __init__(self, clock: Clock, peer: str, *, failures: int, delay: timedelta) -> None:
        self._clock = clock
        self._open_circuits = CIRCUITS_OPEN.labels(peer)
        self._limit = failures
        self._delay = delay
        self._failures = 0
        self._opened_at: datetime | None = None
        self._probing = False

    @property
    def circuit(self) -> Circuit:
        """Tell the present state."""
        if self._opened_at is None:
            return Circuit.CLOSED
        return Circuit.HALF_OPEN if self._clock.now() >= self._opened_at + self._delay else Circuit.OPEN

    def admits(self) -> bool:
        """Tell whether a call may be made now; while half-open only one may at a time."""
        match self.circuit:
            case Circuit.CLOSED:
                return True
            case Circuit.OPEN:
                return False
            case Circuit.HALF_OPEN:
                admitted = not self._probing
                self._probing = True
                return admitted

    def succeeded(self) -> None:
        """Close the circuit."""
        if self._opened_at is not None:
            self._open_circuits.dec()
        self._failures = 0
        self._opened_at = None
        self._probing = False

    def failed(self) -> None:
        """Count a failure; open the circuit if it is the last straw, or was the probe."""
        self._failures += 1
        self._probing = False
        if self._failures >= self._limit:
            if self._opened_at is None:
                self._open_circuits.inc()
            self._opened_at = self._clock.now()

    def abandoned(self) -> None:
        """Give the probe's place back: the call ended without telling anything about the peer."""
        self._probing = False
