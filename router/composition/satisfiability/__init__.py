"""Satisfiability: whatever valid query a client sends, some way through the subgraphs answers it.

field_sources   which subgraph resolves which field, and by which keys it can be entered
reach           from where an object is at hand, which subgraphs and values can be reached
search          every path from the roots, each field on it
messages        why a field cannot be reached
"""

from __future__ import annotations

from router.composition.features import has_overrides_by_label
from router.composition.merge import Assembly
from router.composition.model import Supergraph
from router.composition.satisfiability.search import Search
from router.errors import CompositionIssue


def check_satisfiability(assembly: Assembly, supergraph: Supergraph) -> list[CompositionIssue]:
    """Return an issue for each field that some path cannot reach, with progressive overrides on and off."""
    issues = Search(assembly, supergraph, labels_apply=True).run()
    if has_overrides_by_label(supergraph.types.values()):
        issues += Search(assembly, supergraph, labels_apply=False).run()
    return issues
