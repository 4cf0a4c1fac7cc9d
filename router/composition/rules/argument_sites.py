"""Finds every argument of every field and executable directive with its definitions, for the rules about arguments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from router.composition.merge import Assembly
from router.composition.merge.assembly import (
    InputSource,
    argument_names,
    argument_sources,
    resolving,
)
from router.composition.merge.definitions import merge_directive_definitions


@dataclass(frozen=True, slots=True)
class ArgumentSite:
    """An argument: `subgraphs` resolve its field (or define its directive), `sources` are those which have it."""

    coordinate: str
    subgraphs: tuple[str, ...]
    sources: tuple[InputSource, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The subgraphs without the argument; if there are any, it is left out of the supergraph."""
        having = {source.facts.name for source in self.sources}
        return tuple(name for name in self.subgraphs if name not in having)

    @property
    def is_merged(self) -> bool:
        return not self.missing


def argument_sites(assembly: Assembly) -> Iterator[ArgumentSite]:
    for name, field, sources in assembly.fields():
        real = resolving(sources)
        subgraphs = tuple(source.facts.name for source in real)
        for argument in argument_names(real):
            yield ArgumentSite(f"{name}.{field}({argument}:)", subgraphs, argument_sources(real, argument))
    yield from _directive_sites(assembly)


def _directive_sites(assembly: Assembly) -> Iterator[ArgumentSite]:
    composed = {directive.name for directive in assembly.composed}
    subgraphs = tuple(facts.name for facts in assembly.facts)
    for merged in merge_directive_definitions(assembly):
        if merged.name in composed:
            continue
        definitions = [(facts, facts.subgraph.directive_definitions[merged.name]) for facts in assembly.facts]
        for argument in dict.fromkeys(name for _, definition in definitions for name in definition.arguments):
            sources = tuple(
                InputSource(facts, definition.arguments[argument])
                for facts, definition in definitions
                if argument in definition.arguments
            )
            yield ArgumentSite(f"@{merged.name}({argument}:)", subgraphs, sources)
