"""KEY_FIELDS_HAS_ARGS, PROVIDES_FIELDS_HAS_ARGS: a selected field takes arguments. @requires may use such fields."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.rules.selections import selected
from router.composition.specification import KEY, PROVIDES
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for one in selected(facts, KEY, PROVIDES):
        if one.field.arguments:
            name = one.use.directive.name
            message = (
                f"{one.use}: field {one.coordinate} cannot be included because it has arguments"
                f" (fields with argument are not allowed in {name})"
            )
            yield CompositionIssue(f"{one.use.prefix}_FIELDS_HAS_ARGS", message, facts.name, one.use.directive.line)
