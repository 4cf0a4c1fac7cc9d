"""EXTENSION_WITH_NO_BASE: a type that some subgraphs extend and none defines. Root types need no definition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.composition.federation_1 import only_extends
from router.composition.model import ROOTS, WITH_FIELDS, Subgraph, TypeDefinition
from router.errors import CompositionIssue


def check_as_read(subgraphs: Sequence[Subgraph]) -> Iterator[CompositionIssue]:
    for subgraph in subgraphs:
        for definition in subgraph.types.values():
            if definition.name not in ROOTS and _has_no_base(subgraphs, subgraph, definition):
                message = (
                    f'Type "{definition.name}" is an extension type, but there is no type definition for'
                    f' "{definition.name}" in any subgraph.'
                )
                yield CompositionIssue("EXTENSION_WITH_NO_BASE", message, subgraph.name, definition.line)


def _has_no_base(subgraphs: Sequence[Subgraph], subgraph: Subgraph, definition: TypeDefinition) -> bool:
    if subgraph.is_federation_1 and definition.kind in WITH_FIELDS:
        extends = only_extends(definition)
    else:
        extends = not definition.defined
    return extends and not any(
        other.types[definition.name].defined
        for other in subgraphs
        if other is not subgraph and definition.name in other.types
    )
