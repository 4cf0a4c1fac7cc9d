"""Merges input objects: only the fields which every subgraph that has the type knows, or which no client can see."""

from __future__ import annotations

from dataclasses import replace

from router.composition.merge.arguments import merge_input_value
from router.composition.merge.assembly import Assembly
from router.composition.merge.descriptions import merge_descriptions
from router.composition.merge.directives import merge_directives
from router.composition.merge.joins import JOIN_FIELD, join, join_types
from router.composition.model import InputValue, Kind, TypeDefinition
from router.composition.specification import INACCESSIBLE
from router.composition.values import string_literal


def merge_input(assembly: Assembly, name: str) -> TypeDefinition:
    sources = assembly.sources(name)
    definitions = [source.definition for source in sources]
    merged = {field: _merge_input_field(assembly, name, field) for field in assembly.input_names(name)}
    return TypeDefinition(
        name=name,
        kind=Kind.INPUT,
        description=merge_descriptions(definitions),
        inputs={
            field: value
            for field, value in merged.items()
            if value.has(INACCESSIBLE) or all(field in definition.inputs for definition in definitions)
        },
        directives=tuple(directive for source in sources for directive in join_types(source))
        + merge_directives(assembly, definitions),
    )


def _merge_input_field(assembly: Assembly, type_name: str, name: str) -> InputValue:
    sources = assembly.input_sources(type_name, name)
    merged = merge_input_value(assembly, name, sources)
    differ = any(source.value.type != sources[0].value.type for source in sources)
    if not differ and len(sources) == len(assembly.sources(type_name)):
        return merged
    joins = tuple(
        join(
            JOIN_FIELD,
            source.facts.subgraph.graph,
            type=string_literal(str(source.value.type)) if differ else None,
        )
        for source in sources
    )
    return replace(merged, directives=joins + merged.directives)
