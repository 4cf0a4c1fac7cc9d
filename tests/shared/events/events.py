"""Events that tests make."""

from datetime import UTC, datetime

from shared.events.envelope import Event

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def fact(subject: str, n: int, *, type_: str = "counter.incremented") -> Event:
    """A numbered event of an aggregate."""
    return Event(type=type_, source="tests", subject=subject, time=NOON, data={"n": n})
