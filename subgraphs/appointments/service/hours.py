"""What a doctor publishes, as a value: weekly windows, overrides, and the rules about when one may book."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

MINUTES_A_DAY = 24 * 60
MINUTES_AN_HOUR = 60


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Local hours of one day, half-open, in minutes since midnight; `ends` may be 1440, which is 24:00."""

    begins: int
    ends: int


Windows = tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """One doctor's availability. `weekly` holds seven days' windows, Monday first, each in order."""

    weekly: tuple[Windows, ...]
    slot_minutes: int
    buffer_minutes: int = 0
    minimum_notice_minutes: int = 0
    horizon_days: int = 60
    valid_from: date | None = None
    valid_to: date | None = None
    overrides: Mapping[date, Windows] = field(default_factory=dict)

    def windows_on(self, day: date) -> Windows:
        """Answer the windows of a date: its override, which stands for itself, else the weekly ones while valid."""
        override = self.overrides.get(day)
        if override is not None:
            return override
        if (self.valid_from is not None and day < self.valid_from) or (
            self.valid_to is not None and day > self.valid_to
        ):
            return ()
        return self.weekly[day.weekday()]

    def last_day(self, today: date) -> date:
        """Answer the last date that is open for booking, seen from the doctor's today."""
        return today + timedelta(days=self.horizon_days)
