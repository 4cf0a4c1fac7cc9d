"""Keyset pagination for MongoDB: the filter of what lies beyond a cursor, and the order of travel."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from beanie import SortDirection

from shared.errors import BadUserInput
from shared.pagination import PageRequest

Order = Sequence[tuple[str, int]]
"""Fields with 1 (ascending) or -1 (descending); the last must be unique."""


def mongo_keyset(order: Order, request: PageRequest) -> tuple[dict[str, Any], list[tuple[str, SortDirection]]]:
    """Answer (filter, sort) for the rows after the cursor, in the direction of travel.

    A cursor's key holds one value for each field of `order`; instants stand in it as ISO text. Raises BadUserInput for
    a cursor of another list.
    """
    travel = [(field, SortDirection(-way if request.backward else way)) for field, way in order]
    if request.key is None:
        return {}, travel
    cursor_argument = "before" if request.backward else "after"
    if len(request.key) != len(order):
        raise BadUserInput("The cursor is of another list.", field=[cursor_argument])
    key = [_read(value) for value in request.key]
    beyond = []
    for depth, (field, way) in enumerate(travel):
        equal = {travel[above][0]: key[above] for above in range(depth)}
        beyond.append({**equal, field: {"$gt" if way is SortDirection.ASCENDING else "$lt": key[depth]}})
    return {"$or": beyond}, travel


def _read(value: Any) -> Any:
    if isinstance(value, str) and "T" in value and value[:4].isdigit():
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    return value
