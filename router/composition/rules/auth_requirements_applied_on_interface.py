"""AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE: access rules stand on objects; interfaces get them from there."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.model import Element, Kind
from router.composition.specification import AUTHENTICATED, INTERFACE_OBJECT, POLICY, REQUIRES_SCOPES
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for definition in facts.subgraph.types.values():
        if definition.kind is Kind.INTERFACE:
            yield from _check(facts, definition, "interface", definition.name)
            for field in definition.fields.values():
                yield from _check(facts, field, "field", f"{definition.name}.{field.name}")
        elif definition.kind is Kind.OBJECT and definition.has(INTERFACE_OBJECT):
            yield from _check(facts, definition, "interface object", definition.name)


def _check(facts: Facts, element: Element, kind: str, place: str) -> Iterator[CompositionIssue]:
    for directive in element.directives:
        if directive.name in {AUTHENTICATED, REQUIRES_SCOPES, POLICY}:
            message = (
                f'Invalid use of {directive.name} on {kind} "{place}": {directive.name} cannot be applied on'
                " interfaces, interface fields and interface objects"
            )
            yield CompositionIssue("AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE", message, facts.name, directive.line)
