"""NO_QUERIES: no subgraph has a query, and a schema without one is no schema."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    if "Query" not in assembly.names:
        message = "No queries found in any subgraph: a supergraph must have a query root type."
        yield CompositionIssue("NO_QUERIES", message)
