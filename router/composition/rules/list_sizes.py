"""Finds every @listSize of a subgraph, for the rules about its arguments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from router.composition.facts import Facts
from router.composition.model import Directive, Field, TypeDefinition
from router.composition.specification import LIST_SIZE
from router.errors import CompositionIssue


@dataclass(frozen=True, slots=True)
class ListSize:
    """One application, on a field of `definition`."""

    facts: Facts
    definition: TypeDefinition
    field: Field
    directive: Directive

    @property
    def coordinate(self) -> str:
        return f"{self.definition.name}.{self.field.name}"

    @property
    def sized_fields(self) -> list[str]:
        return self.directive.value("sizedFields") or []

    def issue(self, code: str, message: str) -> CompositionIssue:
        return CompositionIssue(code, message, self.facts.name, self.directive.line)


def list_sizes(facts: Facts) -> Iterator[ListSize]:
    for definition in facts.subgraph.types.values():
        for field in definition.fields.values():
            for directive in field.applications(LIST_SIZE):
                yield ListSize(facts, definition, field, directive)
