"""Merges object types and interfaces: the union of their fields and of the interfaces they implement."""

from __future__ import annotations

from router.composition.merge.assembly import Assembly
from router.composition.merge.contexts import merge_contexts
from router.composition.merge.descriptions import merge_descriptions
from router.composition.merge.directives import merge_directives
from router.composition.merge.fields import merge_field
from router.composition.merge.joins import JOIN_IMPLEMENTS, join, join_types
from router.composition.model import Directive, Kind, TypeDefinition
from router.composition.values import string_literal


def merge_object(assembly: Assembly, name: str, kind: Kind) -> TypeDefinition:
    sources = assembly.sources(name)
    definitions = [source.definition for source in sources]
    joins = tuple(directive for source in sources for directive in join_types(source))
    fields = {field: merge_field(assembly, name, field) for field in assembly.field_names(name)}
    return TypeDefinition(
        name=name,
        kind=kind,
        description=merge_descriptions(definitions),
        interfaces=assembly.interfaces(name),
        fields=fields,
        directives=(
            *_implements(assembly, name),
            *joins,
            *merge_directives(assembly, definitions),
            *merge_contexts(sources),
        ),
    )


def _implements(assembly: Assembly, name: str) -> tuple[Directive, ...]:
    return tuple(
        join(JOIN_IMPLEMENTS, source.facts.subgraph.graph, interface=string_literal(interface))
        for source in assembly.sources(name)
        for interface in source.definition.interfaces
    )
