"""INVALID_LINK_IDENTIFIER: the URL of a link names no specification."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from router.composition.model import Link
from router.composition.rules.subgraph_document import SubgraphDocument
from router.composition.specification import FEDERATION_IDENTITY
from router.errors import CompositionIssue


def check_document(document: SubgraphDocument) -> Iterator[CompositionIssue]:
    for link in document.links:
        fault = _fault(link)
        if fault is not None:
            yield CompositionIssue("INVALID_LINK_IDENTIFIER", fault, document.name, link.line)


def _fault(link: Link) -> str | None:
    url = urlsplit(link.url)
    if not url.scheme or not url.netloc:
        return f"Invalid feature url '{link.url}': it is not an absolute URL"
    if not url.path.strip("/"):
        return f"Missing path in feature url '{link.url}'"
    if link.version is None and link.identity.startswith(f"{FEDERATION_IDENTITY}/"):
        return f"Expected a version string (of the form v1.2), got {link.url.rsplit('/', 1)[1]}"
    return None
