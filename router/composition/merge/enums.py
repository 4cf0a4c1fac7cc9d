"""Merges enums: by union where they are only returned, else only the values which every subgraph knows.

A value that a client may send must be understood by whichever subgraph gets it; a value that is only ever returned
need not. An inaccessible value can neither be sent nor seen, so it stays in any case.
"""

from __future__ import annotations

from enum import Enum

from router.composition.merge.assembly import Assembly
from router.composition.merge.descriptions import merge_descriptions
from router.composition.merge.directives import merge_directives
from router.composition.merge.joins import JOIN_ENUM_VALUE, join, join_types
from router.composition.model import EnumValue, Kind, TypeDefinition
from router.composition.specification import INACCESSIBLE


class Usage(Enum):
    OUTPUT = "output"
    INPUT = "input"
    BOTH = "both"


def enum_usage(assembly: Assembly, name: str) -> Usage:
    """Say where an enum is used; one that is not used at all counts as output, which asks the least."""
    match name in assembly.output_types, name in assembly.input_types:
        case _, False:
            return Usage.OUTPUT
        case False, True:
            return Usage.INPUT
        case _:
            return Usage.BOTH


def merge_enum(assembly: Assembly, name: str) -> TypeDefinition:
    sources = assembly.sources(name)
    definitions = [source.definition for source in sources]
    usage = enum_usage(assembly, name)
    merged = (_merge_value(assembly, name, value) for value in enum_values(assembly, name))
    return TypeDefinition(
        name=name,
        kind=Kind.ENUM,
        description=merge_descriptions(definitions),
        values={
            value.name: value
            for value in merged
            if usage is Usage.OUTPUT or value.has(INACCESSIBLE) or all(value.name in one.values for one in definitions)
        },
        directives=tuple(directive for source in sources for directive in join_types(source))
        + merge_directives(assembly, definitions),
    )


def enum_values(assembly: Assembly, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for source in assembly.sources(name) for value in source.definition.values))


def _merge_value(assembly: Assembly, name: str, value: str) -> EnumValue:
    sources = [source for source in assembly.sources(name) if value in source.definition.values]
    values = [source.definition.values[value] for source in sources]
    joins = tuple(join(JOIN_ENUM_VALUE, source.facts.subgraph.graph) for source in sources)
    return EnumValue(
        name=value, description=merge_descriptions(values), directives=joins + merge_directives(assembly, values)
    )
