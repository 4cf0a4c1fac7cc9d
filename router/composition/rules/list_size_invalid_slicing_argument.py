"""LIST_SIZE_INVALID_SLICING_ARGUMENT: a slicing argument must be an Int argument of the field."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.rules.list_sizes import list_sizes
from router.errors import CompositionIssue

_CODE = "LIST_SIZE_INVALID_SLICING_ARGUMENT"


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for one in list_sizes(facts):
        for name in one.directive.value("slicingArguments") or []:
            argument = one.field.arguments.get(name)
            if argument is None:
                yield one.issue(_CODE, f'Slicing argument "{name}" is not an argument of "{one.coordinate}"')
            elif str(argument.type.nullable) != "Int":
                yield one.issue(_CODE, f'Slicing argument "{one.coordinate}({name}:)" must be Int or Int!')
