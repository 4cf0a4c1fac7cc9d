"""Relay connections by keyset: a cursor is the sort key of its row, so that pages neither skip nor repeat rows.

Source: https://relay.dev/graphql/connections.htm
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson

from shared.errors import BadUserInput

Row = TypeVar("Row")
Shown = TypeVar("Shown")

MAX_PAGE = 100


def encode_cursor(key: Sequence[Any]) -> str:
    """Write a sort key (JSON values and datetimes) as an opaque cursor."""
    return urlsafe_b64encode(orjson.dumps(list(key), default=str)).decode().rstrip("=")


def decode_cursor(cursor: str, *, field: str) -> list[Any]:
    """Read a cursor; raises BadUserInput naming `field` for anything that we did not write."""
    try:
        key = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as error:
        raise BadUserInput("The cursor is not one of ours.", field=[field]) from error
    if not isinstance(key, list):
        raise BadUserInput("The cursor is not one of ours.", field=[field])
    return key


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which rows are asked for: `size` rows after (or, `backward`, before) the row whose key is `key`."""

    size: int
    key: list[Any] | None
    backward: bool

    @classmethod
    def of(
        cls, first: int | None, after: str | None, last: int | None, before: str | None, *, default: int = 20
    ) -> "PageRequest":
        """Check the four arguments of a connection; raises BadUserInput naming the wrong one."""
        if last is not None or before is not None:
            if first is not None or after is not None:
                raise BadUserInput(
                    "Page forward with first/after or backward with last/before, not both.", field=["last"]
                )
            return cls(_size(last, default, "last"), decode_cursor(before, field="before") if before else None, True)
        return cls(_size(first, default, "first"), decode_cursor(after, field="after") if after else None, False)


def _size(asked: int | None, default: int, field: str) -> int:
    if asked is None:
        return default
    if not 1 <= asked <= MAX_PAGE:
        raise BadUserInput(f"{field} must be between 1 and {MAX_PAGE}.", field=[field])
    return asked


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows in the order of the list, with what lies beyond them; `total` where the list counts itself."""

    rows: list[Row]
    has_next: bool
    has_previous: bool
    total: int | None = None

    @classmethod
    def cut(cls, found: list[Row], request: PageRequest, total: int | None = None) -> "Page[Row]":
        """Make the page from up to `size + 1` rows, found in the direction of travel."""
        more, rows = len(found) > request.size, found[: request.size]
        if request.backward:
            return cls(rows[::-1], request.key is not None, more, total)
        return cls(rows, more, request.key is not None, total)

    def map(self, show: Callable[[Row], Shown]) -> "Page[Shown]":
        """Show each row as something else."""
        return Page([show(row) for row in self.rows], self.has_next, self.has_previous, self.total)
