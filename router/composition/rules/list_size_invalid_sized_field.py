"""LIST_SIZE_INVALID_SIZED_FIELD: a sized field must be a field of what the annotated field returns."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.model import COMPOSITE
from router.composition.rules.list_sizes import list_sizes
from router.errors import CompositionIssue

_CODE = "LIST_SIZE_INVALID_SIZED_FIELD"


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for one in list_sizes(facts):
        target = facts.subgraph.types.get(one.field.type.name)
        if one.sized_fields and (target is None or target.kind not in COMPOSITE):
            message = f'Sized fields cannot be used because "{one.field.type}" is not a composite type'
            yield one.issue(_CODE, message)
            continue
        for name in one.sized_fields:
            if target is not None and name not in target.fields:
                yield one.issue(_CODE, f'Sized field "{name}" is not a field on type "{target.name}"')
