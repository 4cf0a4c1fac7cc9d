"""LIST_SIZE_APPLIED_TO_NON_LIST: @listSize says how long a list is, so there must be one."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.rules.list_sizes import ListSize, list_sizes
from router.errors import CompositionIssue

_CODE = "LIST_SIZE_APPLIED_TO_NON_LIST"


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for one in list_sizes(facts):
        if one.sized_fields:
            yield from _check_sized(facts, one)
        elif not one.field.type.is_list:
            yield one.issue(_CODE, f'"{one.coordinate}" is not a list')


def _check_sized(facts: Facts, one: ListSize) -> Iterator[CompositionIssue]:
    target = facts.subgraph.types.get(one.field.type.name)
    for name in one.sized_fields:
        field = target.fields.get(name) if target else None
        if field is not None and not field.type.is_list:
            yield one.issue(_CODE, f'Sized field "{one.field.type.name}.{name}" is not a list')
