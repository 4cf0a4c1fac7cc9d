"""EXTERNAL_ON_INTERFACE: the fields of an interface are resolved by its implementations, so they cannot be external."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.model import Kind
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for name, field in sorted(facts.external):
        definition = facts.subgraph.types[name]
        if definition.kind is Kind.INTERFACE:
            message = (
                f'Interface type field "{name}.{field}" is marked @external but @external is not allowed on interface'
                " fields (it is nonsensical)."
            )
            yield CompositionIssue("EXTERNAL_ON_INTERFACE", message, facts.name, definition.fields[field].line)
