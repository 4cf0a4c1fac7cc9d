"""KEY_INVALID_FIELDS_TYPE, REQUIRES_INVALID_FIELDS_TYPE, PROVIDES_INVALID_FIELDS_TYPE: `fields` is not a string."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.rules.selections import uses
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for use in uses(facts):
        literal = use.directive.arguments.get("fields")
        if literal is not None and literal.kind != "string":
            message = f'{use}: Invalid value for argument "fields": must be a string.'
            yield CompositionIssue(f"{use.prefix}_INVALID_FIELDS_TYPE", message, facts.name, use.directive.line)
