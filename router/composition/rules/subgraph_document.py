"""A subgraph's SDL as parsed, for the rules that must pass before it can be read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from graphql import (
    DocumentNode,
    Node,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
)

from router.composition.links import Names, read_links, read_names
from router.composition.model import Link
from router.errors import CompositionIssue


@dataclass(frozen=True)
class SubgraphDocument:
    """One parsed SDL with its links."""

    name: str
    document: DocumentNode

    @cached_property
    def links(self) -> tuple[Link, ...]:
        return read_links(self.document)

    @cached_property
    def names(self) -> Names:
        return read_names(self.document, self.links)

    @cached_property
    def root_types(self) -> dict[str, str]:
        """The root types that the schema definition names, by operation."""
        return {
            operation.operation.value: operation.type.name.value
            for node in self.document.definitions
            if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode)
            for operation in node.operation_types or ()
        }

    @cached_property
    def type_definitions(self) -> dict[str, Node]:
        return {
            node.name.value: node
            for node in self.document.definitions
            if isinstance(node, TypeDefinitionNode | TypeExtensionNode)
        }

    def issue(self, code: str, message: str, node: Node | None = None) -> CompositionIssue:
        line = node.loc.start_token.line if node is not None and node.loc else None
        return CompositionIssue(code, message, self.name, line)
