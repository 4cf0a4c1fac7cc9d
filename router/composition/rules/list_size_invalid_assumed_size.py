"""LIST_SIZE_INVALID_ASSUMED_SIZE: no list has fewer than no items."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.rules.list_sizes import list_sizes
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for one in list_sizes(facts):
        if (one.directive.value("assumedSize") or 0) < 0:
            message = f'Assumed size of "{one.coordinate}" cannot be negative'
            yield one.issue("LIST_SIZE_INVALID_ASSUMED_SIZE", message)
