"""An outage is told by a line of each kind, not by one for each attempt."""

import logging

from shared.events.kafka_noise import OneOfAKind


def record(level: int, template: str, *values: object) -> logging.LogRecord:
    return logging.LogRecord("aiokafka", level, __file__, 1, template, values, None)


def test_warnings_of_a_kind_pass_once_and_what_was_held_back_is_counted() -> None:
    now = 100.0
    sparing = OneOfAKind(lambda: now)
    assert sparing.filter(record(logging.ERROR, "cannot reach %s", "one"))
    assert not sparing.filter(record(logging.ERROR, "cannot reach %s", "two"))
    assert sparing.filter(record(logging.WARNING, "lost %s", "one"))
    now = 129.0
    assert not sparing.filter(record(logging.ERROR, "cannot reach %s", "one"))
    now = 130.0
    later = record(logging.ERROR, "cannot reach %s", "one")

    assert sparing.filter(later)
    assert later.getMessage() == "cannot reach one (and 2 more like it)"
    assert not sparing.filter(record(logging.ERROR, "cannot reach %s", "one"))


def test_what_is_no_warning_always_passes() -> None:
    sparing = OneOfAKind(lambda: 0.0)

    assert [sparing.filter(record(logging.INFO, "joined")) for _ in range(3)] == [True, True, True]
