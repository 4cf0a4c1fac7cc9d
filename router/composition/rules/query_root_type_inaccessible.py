"""QUERY_ROOT_TYPE_INACCESSIBLE: a schema without its query type is no schema."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.model import Supergraph
from router.composition.rules.inaccessible_elements import Visibility
from router.errors import CompositionIssue


def check_merged(assembly: Assembly, supergraph: Supergraph) -> Iterator[CompositionIssue]:
    visibility = Visibility(assembly, supergraph)
    if visibility.hides_type("Query"):
        message = 'Type "Query" is @inaccessible but is the root query type, which must be in the API schema.'
        yield visibility.issue("QUERY_ROOT_TYPE_INACCESSIBLE", message, "Query")
