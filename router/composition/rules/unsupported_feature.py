"""UNSUPPORTED_FEATURE: a subgraph links what would have to be served otherwise than a subgraph is."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.specification import APOLLO_SPECS
from router.errors import CompositionIssue

# Such a subgraph has no server: the router itself would have to ask what stands in its directives.
_CONNECTORS = f"{APOLLO_SPECS}connect"


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for link in facts.subgraph.links:
        if link.identity == _CONNECTORS:
            message = f'The subgraph links to "{link.url}", and this router has no connectors.'
            yield CompositionIssue("UNSUPPORTED_FEATURE", message, facts.name, link.line)
