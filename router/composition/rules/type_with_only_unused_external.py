"""TYPE_WITH_ONLY_UNUSED_EXTERNAL: a Federation 1 type of which nothing is left without its unused external fields."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.model import ROOTS, WITH_FIELDS
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for definition in facts.subgraph.types.values():
        if facts.subgraph.is_federation_1 and definition.kind in WITH_FIELDS and definition.name not in ROOTS:
            if definition.fields:
                continue
            message = (
                f"Type {definition.name} contains only external fields and all those fields are all unused"
                " (they do not appear in any @key, @provides or @requires)."
            )
            yield CompositionIssue("TYPE_WITH_ONLY_UNUSED_EXTERNAL", message, facts.name, definition.line)
