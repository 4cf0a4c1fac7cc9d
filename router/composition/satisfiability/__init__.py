"""Satisfiability: whatever valid query a client sends, some way through the subgraphs answers it.

field_sources   which subgraph resolves which field, and by which keys it can be entered
reach           from where an object is at hand, which subgraphs and values can be reached
contexts        which contextual arguments have a value below what is on the path
search          every path from the roots, each field on it
messages        why a field cannot be reached
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from router.composition.features import override_labels
from router.composition.merge import Assembly
from router.composition.model import Supergraph
from router.composition.satisfiability.contexts import Contexts
from router.composition.satisfiability.field_sources import FieldSources
from router.composition.satisfiability.reach import Reach
from router.composition.satisfiability.search import Search
from router.errors import CompositionIssue

# Beyond so many labels at once, only those are tried together that are all on, all off, or all but one the same.
_MOST_LABELS = 5


def check_satisfiability(assembly: Assembly, supergraph: Supergraph) -> list[CompositionIssue]:
    """Return an issue for each field that some path cannot reach, whichever progressive overrides are on."""
    found: dict[str, CompositionIssue] = {}
    for active in _worlds(sorted(override_labels(supergraph.types.values()))):
        sources = FieldSources(assembly, active)
        reach = Reach(assembly, supergraph, sources)
        for issue in Search(supergraph, sources, reach, Contexts(assembly, sources, reach)).run():
            found.setdefault(issue.message, issue)
    return list(found.values())


def _worlds(labels: list[str]) -> Iterator[frozenset[str]]:
    """Yield the sets of labels that may be on at once."""
    sizes = set(range(len(labels) + 1))
    if len(labels) > _MOST_LABELS:
        sizes = {0, 1, len(labels) - 1, len(labels)}
    for size in sorted(sizes, reverse=True):
        yield from map(frozenset, combinations(labels, size))
