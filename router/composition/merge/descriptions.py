"""Merges descriptions: what most subgraphs say, the first of them where as many say something else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from router.composition.model import Element


def merge_descriptions(elements: Iterable[Element]) -> str | None:
    said = Counter(element.description for element in elements if element.description)
    # A counter keeps the order of first sight, and max takes the first of equals.
    return max(said, key=said.__getitem__) if said else None
