"""UNKNOWN_FEDERATION_LINK_VERSION: a version of the federation specification that does not exist, or not here yet."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.rules.subgraph_document import SubgraphDocument
from router.composition.specification import FEDERATION_1, FEDERATION_2, FEDERATION_IDENTITY, LATEST
from router.errors import CompositionIssue


def check_document(document: SubgraphDocument) -> Iterator[CompositionIssue]:
    for link in document.links:
        version = link.version
        if link.identity != FEDERATION_IDENTITY or version is None or version == FEDERATION_1:
            continue
        if not FEDERATION_2 <= version <= LATEST:
            message = (
                f"Invalid version v{version[0]}.{version[1]} for the federation feature in @link directive on schema;"
                f" known are v2.0 to v{LATEST[0]}.{LATEST[1]}"
            )
            yield CompositionIssue("UNKNOWN_FEDERATION_LINK_VERSION", message, document.name, link.line)
