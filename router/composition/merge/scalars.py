"""Merges custom scalars: there is nothing to them but description and directives."""

from __future__ import annotations

from router.composition.merge.assembly import Assembly
from router.composition.merge.descriptions import merge_descriptions
from router.composition.merge.directives import merge_directives
from router.composition.merge.joins import join_types
from router.composition.model import Kind, TypeDefinition


def merge_scalar(assembly: Assembly, name: str) -> TypeDefinition:
    sources = assembly.sources(name)
    definitions = [source.definition for source in sources]
    joins = tuple(directive for source in sources for directive in join_types(source))
    return TypeDefinition(
        name=name,
        kind=Kind.SCALAR,
        description=merge_descriptions(definitions),
        directives=joins + merge_directives(assembly, definitions),
    )
