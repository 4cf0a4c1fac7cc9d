"""INTERFACE_FIELD_NO_IMPLEM: a subgraph gives an interface a field which some implementation elsewhere lacks."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.model import WITH_FIELDS, Kind, Supergraph, TypeDefinition
from router.composition.rules.wording import subgraph_names
from router.errors import CompositionIssue


def check_merged(assembly: Assembly, supergraph: Supergraph) -> Iterator[CompositionIssue]:
    for definition in supergraph.types.values():
        for interface in definition.interfaces if definition.kind in WITH_FIELDS else ():
            merged = supergraph.types.get(interface)
            for field in merged.fields if merged else ():
                if field not in definition.fields:
                    yield _issue(assembly, definition, interface, field)


def _issue(assembly: Assembly, definition: TypeDefinition, interface: str, field: str) -> CompositionIssue:
    having = [
        source.facts.name
        for source in assembly.sources(interface)
        if source.definition.kind is Kind.INTERFACE and field in source.definition.fields
    ]
    implementing = [source for source in assembly.sources(definition.name) if interface in source.definition.interfaces]
    message = (
        f'Interface field "{interface}.{field}" is declared in {subgraph_names(having)} but type "{definition.name}",'
        f' which implements "{interface}" only in {subgraph_names(source.facts.name for source in implementing)} does'
        f' not have field "{field}".'
    )
    first = implementing[0]
    return CompositionIssue("INTERFACE_FIELD_NO_IMPLEM", message, first.facts.name, first.definition.line)
