"""Five-minute ticks since the epoch: the grain of all that is placed in time."""

from datetime import UTC, datetime, timedelta

TICK_MINUTES = 5
TICK_SECONDS = TICK_MINUTES * 60


def tick_of(instant: datetime) -> int:
    """Answer the tick that an instant lies in."""
    return int(instant.timestamp()) // TICK_SECONDS


def ticks_between(start: datetime, end: datetime) -> range:
    """Answer the ticks of the half-open interval from `start` to `end`, both on tick boundaries."""
    return range(tick_of(start), tick_of(end))


def on_tick(instant: datetime) -> bool:
    """Tell whether an instant is the beginning of a tick."""
    return instant == datetime.fromtimestamp(tick_of(instant) * TICK_SECONDS, UTC)


def reserved_ticks(start: datetime, end: datetime, buffer_minutes: int) -> range:
    """Answer what a doctor's appointment takes: its interval, and the buffer after it."""
    return ticks_between(start, end + timedelta(minutes=buffer_minutes))
