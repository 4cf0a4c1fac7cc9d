"""INVALID_SHAREABLE_USAGE: @shareable twice in one place, or on a field of an interface."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.model import Directive, Field, Kind, TypeDefinition
from router.composition.specification import SHAREABLE
from router.errors import CompositionIssue

_CODE = "INVALID_SHAREABLE_USAGE"
_WHY = (
    ": @shareable is only repeatable on types so it can be used simultaneously on a type definition and its extensions,"
    " but it should not be duplicated on the same definition/extension declaration"
)


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for definition in facts.subgraph.types.values():
        on_type = [one for one in definition.applications(SHAREABLE) if not one.on_extension]
        if len(on_type) > 1:
            place = f'the same type declaration of "{definition.name}"'
            message = f"Invalid duplicate application of @shareable on {place}{_WHY}"
            yield CompositionIssue(_CODE, message, facts.name, on_type[1].line)
        for field in definition.fields.values():
            yield from _check_field(facts, definition, field)


def _check_field(facts: Facts, definition: TypeDefinition, field: Field) -> Iterator[CompositionIssue]:
    own = _own(definition, field)
    if own and definition.kind is Kind.INTERFACE:
        message = (
            f'Invalid use of @shareable on field "{definition.name}.{field.name}": only object type fields can be'
            " marked with @shareable"
        )
        yield CompositionIssue(_CODE, message, facts.name, own[0].line)
    elif len(own) > 1:
        message = f'Invalid duplicate application of @shareable on field "{definition.name}.{field.name}"{_WHY}'
        yield CompositionIssue(_CODE, message, facts.name, own[1].line)


def _own(definition: TypeDefinition, field: Field) -> list[Directive]:
    """Return those written on the field itself; reading hands the type's down to its fields."""
    inherited = definition.applications(SHAREABLE)
    return [one for one in field.applications(SHAREABLE) if not any(one is other for other in inherited)]
