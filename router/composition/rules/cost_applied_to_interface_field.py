"""COST_APPLIED_TO_INTERFACE_FIELD: costs belong to the fields of concrete types."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.model import Kind
from router.composition.specification import COST
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for definition in facts.subgraph.types.values():
        for field in definition.fields.values() if definition.kind is Kind.INTERFACE else ():
            for directive in field.applications(COST):
                message = f'@cost cannot be applied to interface "{definition.name}.{field.name}"'
                yield CompositionIssue("COST_APPLIED_TO_INTERFACE_FIELD", message, facts.name, directive.line)
