"""UNSUPPORTED_FEATURE: @context and @fromContext are known by name, but neither composed nor planned here."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.model import Element, TypeDefinition
from router.composition.specification import CONTEXT, FROM_CONTEXT
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for definition in facts.subgraph.types.values():
        for element in _elements(definition):
            for name in (CONTEXT, FROM_CONTEXT):
                for directive in element.applications(name):
                    message = f'"{element.name}" uses {name}, which this composition does not support.'
                    yield CompositionIssue("UNSUPPORTED_FEATURE", message, facts.name, directive.line)


def _elements(definition: TypeDefinition) -> Iterator[Element]:
    yield definition
    for field in definition.fields.values():
        yield from field.arguments.values()
