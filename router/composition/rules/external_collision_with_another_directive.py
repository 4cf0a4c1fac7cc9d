"""EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE: a field the subgraph does not resolve cannot provide anything."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.rules.selections import uses
from router.composition.specification import PROVIDES
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for use in uses(facts, PROVIDES):
        if (use.definition.name, use.field) in facts.external:
            message = f'Cannot have both @provides and @external on field "{use.definition.name}.{use.field}"'
            yield CompositionIssue("EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE", message, facts.name, use.directive.line)
