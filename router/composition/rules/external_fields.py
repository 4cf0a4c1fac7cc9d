"""Finds the fields that some subgraphs resolve and others mark @external, for the rules that compare the two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from router.composition.merge import Assembly
from router.composition.merge.arguments import merge_arguments
from router.composition.merge.assembly import FieldSource, resolving
from router.composition.model import InputValue


@dataclass(frozen=True, slots=True)
class ExternalField:
    """A field with all its sources, those that are external, and those whose definition counts."""

    coordinate: str
    sources: tuple[FieldSource, ...]
    external: tuple[FieldSource, ...]
    real: tuple[FieldSource, ...]

    def merged_arguments(self, assembly: Assembly) -> tuple[InputValue, ...]:
        return tuple(merge_arguments(assembly, self.real).values())


def external_fields(assembly: Assembly) -> Iterator[ExternalField]:
    for name, field, sources in assembly.fields():
        external = tuple(source for source in sources if source.is_external)
        if external and len(external) < len(sources):
            yield ExternalField(f"{name}.{field}", sources, external, resolving(sources))
