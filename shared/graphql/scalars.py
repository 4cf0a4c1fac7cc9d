"""The scalars of the contract: DateTime, Date, LocalTime, Decimal. Bad values are refused, with the reason.

`LocalTime` is minutes since midnight in Python (0 … 1440, 1440 being 24:00), since no `time` can say 24:00.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import NewType

from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

LocalTime = NewType("LocalTime", int)
MINUTES_A_DAY = 24 * 60

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)")


def write_instant(instant: datetime) -> str:
    """Write an aware instant in UTC, e.g. `2026-11-22T16:58:03Z`."""
    assert instant.tzinfo is not None, "a naive datetime has no place in an answer"
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_instant(value: object) -> datetime:
    """Read an RFC 3339 instant; it must carry an offset."""
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise GraphQLError("Expected an RFC 3339 instant with offset, such as 2026-11-22T09:30:00+05:30.")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise GraphQLError(f"There is no such instant: {value}.") from error


def read_date(value: object) -> date:
    """Read an RFC 3339 full-date."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise GraphQLError("Expected a date such as 2026-11-22.")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise GraphQLError(f"There is no such date: {value}.") from error


def write_local_time(minutes: int) -> str:
    """Write minutes since midnight as HH:MM."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def read_local_time(value: object) -> LocalTime:
    """Read HH:MM, up to and including 24:00."""
    if not isinstance(value, str) or not re.fullmatch(r"\d\d:\d\d", value):
        raise GraphQLError("Expected a local time as HH:MM, such as 09:30.")
    hours, minutes = int(value[:2]), int(value[3:])
    if minutes >= 60 or hours * 60 + minutes > MINUTES_A_DAY:  # noqa: PLR2004  An hour has sixty minutes.
        raise GraphQLError(f"There is no such local time: {value}.")
    return LocalTime(hours * 60 + minutes)


def read_decimal(value: object) -> Decimal:
    """Read an exact decimal, from a string or an integer; a float is not exact, so it is refused."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise GraphQLError('Expected an exact decimal as a string, such as "499.00".')
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise GraphQLError(f"Not a decimal: {value!r}.") from error
    if not number.is_finite():
        raise GraphQLError(f"Not a finite decimal: {value!r}.")
    return number


def _scalar(
    name: str, description: str, write: Callable[..., object], read: Callable[[object], object]
) -> ScalarDefinition:
    return ScalarDefinition(
        name=name, description=description, specified_by_url=None, serialize=write, parse_value=read, parse_literal=None
    )


SCALARS: Mapping[object, ScalarDefinition] = {
    datetime: _scalar("DateTime", "RFC 3339 instant with offset, always answered in UTC.", write_instant, read_instant),
    date: _scalar("Date", "RFC 3339 full-date.", date.isoformat, read_date),
    LocalTime: _scalar(
        "LocalTime",
        "Local wall-clock time, HH:MM; 24:00 is allowed as the end of a window.",
        write_local_time,
        read_local_time,
    ),
    Decimal: _scalar(
        "Decimal", 'Exact decimal as a string, e.g. "499.00".', lambda number: f"{number:f}", read_decimal
    ),
}
