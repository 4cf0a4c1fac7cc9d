"""Merges references to types: outputs become as wide, inputs as narrow as the subgraphs need."""

from __future__ import annotations

from collections.abc import Sequence

from router.composition.merge.assembly import Assembly
from router.composition.type_reference import TypeReference


def merge_output_type(assembly: Assembly, types: Sequence[TypeReference]) -> TypeReference:
    """Return the widest; of types that do not fit one another the first, which a rule then reports."""
    merged = types[0]
    for other in types[1:]:
        if assembly.is_subtype(merged, other):
            merged = other
    return merged


def merge_input_type(assembly: Assembly, types: Sequence[TypeReference]) -> TypeReference:
    """Return the narrowest."""
    merged = types[0]
    for other in types[1:]:
        if assembly.is_subtype(other, merged):
            merged = other
    return merged


def fit_together(assembly: Assembly, types: Sequence[TypeReference], merged: TypeReference, *, output: bool) -> bool:
    """Say whether every subgraph's type can be served by the merged one."""
    if output:
        return all(assembly.is_subtype(one, merged) for one in types)
    return all(assembly.is_subtype(merged, one) for one in types)
