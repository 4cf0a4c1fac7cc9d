"""Merges subgraphs into one supergraph. Nothing is refused here: that is what the rules are for."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.access_control import hand_on_access_rules
from router.composition.merge.assembly import Assembly
from router.composition.merge.definitions import merge_directive_definitions
from router.composition.merge.enums import merge_enum
from router.composition.merge.inputs import merge_input
from router.composition.merge.interface_objects import add_interface_object_fields
from router.composition.merge.objects import merge_object
from router.composition.merge.scalars import merge_scalar
from router.composition.merge.unions import merge_union
from router.composition.model import Kind, Supergraph, TypeDefinition

__all__ = ["Assembly", "merge"]


def merge(assembly: Assembly) -> Supergraph:
    """Merge every type, in the order of their names."""
    types = {definition.name: definition for definition in _merge_types(assembly)}
    return Supergraph(
        tuple(facts.subgraph for facts in assembly.facts),
        hand_on_access_rules(assembly, add_interface_object_fields(assembly, types)),
        tuple(merge_directive_definitions(assembly)),
        assembly.composed,
    )


def _merge_types(assembly: Assembly) -> Iterator[TypeDefinition]:
    for name in assembly.names:
        match assembly.kind(name):
            case Kind.SCALAR:
                yield merge_scalar(assembly, name)
            case Kind.OBJECT:
                yield merge_object(assembly, name, Kind.OBJECT)
            case Kind.INTERFACE:
                yield merge_object(assembly, name, Kind.INTERFACE)
            case Kind.UNION:
                yield merge_union(assembly, name)
            case Kind.ENUM:
                yield merge_enum(assembly, name)
            case Kind.INPUT:
                yield merge_input(assembly, name)
