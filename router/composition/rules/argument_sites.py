"""Finds every argument of every field with its definitions, for the rules about arguments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from router.composition.merge import Assembly
from router.composition.merge.assembly import (
    FieldSource,
    InputSource,
    argument_names,
    argument_sources,
    resolving,
)


@dataclass(frozen=True, slots=True)
class ArgumentSite:
    """An argument in the subgraphs that resolve its field; `fields` are all of these, `sources` those which have it."""

    coordinate: str
    name: str
    fields: tuple[FieldSource, ...]
    sources: tuple[InputSource, ...]

    @property
    def is_merged(self) -> bool:
        """Arguments that not every subgraph has are left out of the supergraph."""
        return len(self.sources) == len(self.fields)


def argument_sites(assembly: Assembly) -> Iterator[ArgumentSite]:
    for name, field, sources in assembly.fields():
        real = resolving(sources)
        for argument in argument_names(real):
            yield ArgumentSite(f"{name}.{field}({argument}:)", argument, real, argument_sources(real, argument))
