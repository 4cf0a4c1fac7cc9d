"""Merges unions: all members that any subgraph names."""

from __future__ import annotations

from router.composition.merge.assembly import Assembly
from router.composition.merge.contexts import merge_contexts
from router.composition.merge.descriptions import merge_descriptions
from router.composition.merge.directives import merge_directives
from router.composition.merge.joins import JOIN_UNION_MEMBER, join, join_types
from router.composition.model import Kind, TypeDefinition
from router.composition.values import string_literal


def merge_union(assembly: Assembly, name: str) -> TypeDefinition:
    sources = assembly.sources(name)
    definitions = [source.definition for source in sources]
    joins = tuple(directive for source in sources for directive in join_types(source))
    members = tuple(
        join(JOIN_UNION_MEMBER, source.facts.subgraph.graph, member=string_literal(member))
        for source in sources
        for member in source.definition.members
    )
    return TypeDefinition(
        name=name,
        kind=Kind.UNION,
        description=merge_descriptions(definitions),
        members=tuple(dict.fromkeys(member for definition in definitions for member in definition.members)),
        directives=joins + members + merge_directives(assembly, definitions) + merge_contexts(sources),
    )
