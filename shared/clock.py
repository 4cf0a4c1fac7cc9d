"""The clock port: who asks for the time gets it from here, so that tests can hold it still."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time. Instants are aware, in UTC, cut to milliseconds (what every store keeps)."""

    def now(self) -> datetime:
        """Answer the present instant."""
        ...


def to_milliseconds(instant: datetime) -> datetime:
    """Cut an aware instant to whole milliseconds, in UTC: BSON keeps no more."""
    instant = instant.astimezone(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return to_milliseconds(datetime.now(UTC))


class ManualClock:
    """A clock that moves only when told to."""

    def __init__(self, start: datetime) -> None:
        self._now = to_milliseconds(start)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move forward by an interval."""
        self._now += by

    def set(self, instant: datetime) -> None:
        """Move to an instant."""
        self._now = to_milliseconds(instant)
