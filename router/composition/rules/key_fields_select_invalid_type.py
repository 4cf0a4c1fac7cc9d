"""KEY_FIELDS_SELECT_INVALID_TYPE: a key field is an interface or a union, so nothing says which type it has."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.model import Kind
from router.composition.rules.selections import selected
from router.composition.specification import KEY
from router.errors import CompositionIssue

_NAMES = {Kind.UNION: "Union", Kind.INTERFACE: "Interface"}


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for one in selected(facts, KEY):
        kind = facts.subgraph.kind(one.field.type.name)
        if kind in _NAMES:
            message = f'{one.use}: field "{one.coordinate}" is a {_NAMES[kind]} type which is not allowed in @key'
            yield CompositionIssue("KEY_FIELDS_SELECT_INVALID_TYPE", message, facts.name, one.use.directive.line)
