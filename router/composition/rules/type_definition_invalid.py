"""TYPE_DEFINITION_INVALID: a subgraph defines a type of a specification otherwise than the specification does."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import EnumTypeDefinitionNode, ScalarTypeDefinitionNode, TypeDefinitionNode

from router.composition.links import LINK_PURPOSES
from router.composition.rules.subgraph_document import SubgraphDocument
from router.composition.specification import LEGACY_TYPES
from router.errors import CompositionIssue

_CODE = "TYPE_DEFINITION_INVALID"


def check_document(document: SubgraphDocument) -> Iterator[CompositionIssue]:
    for node in document.document.definitions:
        if isinstance(node, TypeDefinitionNode) and document.names.is_machinery_type(node.name.value):
            fault = _fault(document, node)
            if fault is not None:
                yield document.issue(_CODE, f'Invalid definition for type "{node.name.value}": {fault}', node)


def _fault(document: SubgraphDocument, node: TypeDefinitionNode) -> str | None:
    name = node.name.value
    if isinstance(node, EnumTypeDefinitionNode) and name.endswith("Purpose"):
        strange = [value.name.value for value in node.values if value.name.value not in LINK_PURPOSES]
        wanted = ", ".join(LINK_PURPOSES)
        return f"expected values [{wanted}] but found [{', '.join(strange)}]." if strange else None
    is_scalar = name in document.names.types or name in document.names.link_scalars
    if is_scalar and name not in LEGACY_TYPES and not isinstance(node, ScalarTypeDefinitionNode):
        return "it should be a scalar."
    return None
