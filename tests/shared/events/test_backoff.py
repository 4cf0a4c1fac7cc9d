"""Delays double, stay within their bounds, and never are zero."""

from hypothesis import given
from hypothesis import strategies as st

from shared.events.backoff import Backoff


def test_the_bound_doubles_up_to_the_longest() -> None:
    backoff = Backoff(first=0.5, longest=3.0)

    assert [backoff.bound(failures) for failures in (1, 2, 3, 4, 100_000)] == [0.5, 1.0, 2.0, 3.0, 3.0]


@given(failures=st.integers(1, 10_000))
def test_a_delay_lies_in_the_upper_half_of_its_bound(failures: int) -> None:
    backoff = Backoff(first=0.5, longest=3.0)

    assert backoff.bound(failures) / 2 <= backoff.delay(failures) <= backoff.bound(failures)
