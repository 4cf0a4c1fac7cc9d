"""Ids: type-prefixed ULIDs such as `doc_01J9Z…`, opaque to clients, sortable by time of making."""

from ulid import ULID

_LENGTH = len(str(ULID()))


def new_id(prefix: str) -> str:
    """Make an id, e.g. `new_id("doc")`."""
    return f"{prefix}_{ULID()}"


def is_id(value: str, prefix: str) -> bool:
    """Tell whether `value` has the shape of an id of this type."""
    head, _, tail = value.partition("_")
    return head == prefix and len(tail) == _LENGTH and tail.isalnum()
