"""KEY_INVALID_FIELDS, REQUIRES_INVALID_FIELDS, PROVIDES_INVALID_FIELDS: the field set does not fit the schema."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import GraphQLSyntaxError

from router.composition.facts import Facts
from router.composition.field_set import parse_field_set
from router.composition.field_set_faults import faults
from router.composition.model import COMPOSITE
from router.composition.rules.selections import FieldSetUse, uses
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for use in uses(facts):
        literal = use.directive.arguments.get("fields")
        if literal is None or literal.kind != "string" or facts.subgraph.kind(use.parent) not in COMPOSITE:
            continue
        for fault in _faults(facts, use, literal.value):
            code = f"{use.prefix}_INVALID_FIELDS"
            yield CompositionIssue(code, f"{use}: {fault}", facts.name, use.directive.line)


def _faults(facts: Facts, use: FieldSetUse, text: str) -> Iterator[str]:
    try:
        selections = parse_field_set(text)
    except GraphQLSyntaxError as error:
        yield error.message
    else:
        yield from faults(facts.subgraph.types, facts.walk, use.parent, selections)
