"""INVALID_SUBGRAPH_NAME: a name that the join specification uses itself, or none at all."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.rules.subgraph_document import SubgraphDocument
from router.errors import CompositionIssue

# The reference planner calls its root node so.
_RESERVED = ("", "_")


def check_document(document: SubgraphDocument) -> Iterator[CompositionIssue]:
    if document.name in _RESERVED:
        message = f"Invalid name {document.name or '(empty)'} for a subgraph: this name is reserved"
        yield document.issue("INVALID_SUBGRAPH_NAME", message)
