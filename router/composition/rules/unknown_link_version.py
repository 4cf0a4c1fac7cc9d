"""UNKNOWN_LINK_VERSION: a version of the link specification other than 1.0."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.rules.subgraph_document import SubgraphDocument
from router.composition.specification import LINK_IDENTITY
from router.errors import CompositionIssue

_KNOWN = (1, 0)


def check_document(document: SubgraphDocument) -> Iterator[CompositionIssue]:
    for link in document.links:
        if link.identity == LINK_IDENTITY and link.version is not None and link.version != _KNOWN:
            message = f"Schema uses unknown version v{link.version[0]}.{link.version[1]} of the link spec"
            yield CompositionIssue("UNKNOWN_LINK_VERSION", message, document.name, link.line)
