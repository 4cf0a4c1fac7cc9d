"""PROVIDES_ON_NON_OBJECT_FIELD: @provides on a field that has no fields to provide."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.model import COMPOSITE
from router.composition.rules.selections import uses
from router.composition.specification import PROVIDES
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for use in uses(facts, PROVIDES):
        assert use.field is not None, "@provides stands on fields."
        field = use.definition.fields[use.field]
        if facts.subgraph.kind(field.type.name) not in COMPOSITE:
            message = (
                f'Invalid @provides directive on field "{use.definition.name}.{field.name}":'
                f' field has type "{field.type}" which is not a Composite Type'
            )
            yield CompositionIssue("PROVIDES_ON_NON_OBJECT_FIELD", message, facts.name, field.line)
