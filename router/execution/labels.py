"""Progressive overrides: which of their labels are on for a request.

A label says by itself how often it is on (`percent(5)`), or the settings say it (`labels: {new-owner: 50}`); one of
which nothing is said is off. One number is drawn for a request and compared with every share. So of two labels the
rarer is only on where the other is too, and requests meet few different sets of labels, each of which has its plans.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping

Labels = frozenset[str]
NO_LABELS: Labels = frozenset()
_PERCENT = re.compile(r"percent\((\d+(?:\.\d+)?)\)")


class LabelDraw:
    """Draws the labels of one request after the other; `draw` answers numbers from 0 up to, without, 1."""

    def __init__(self, labels: Iterable[str], shares: Mapping[str, float], draw: Callable[[], float]) -> None:
        self._draw = draw
        percents = {label: shares[label] if label in shares else _own_share(label) for label in labels}
        self._limits = sorted(set(percents.values()))
        self._sets = [
            frozenset(label for label, percent in percents.items() if percent > below) for below in (-1, *self._limits)
        ]

    def __call__(self) -> Labels:
        return self._sets[bisect_right(self._limits, self._draw() * 100)]


def _own_share(label: str) -> float:
    found = _PERCENT.fullmatch(label)
    return float(found[1]) if found else 0
