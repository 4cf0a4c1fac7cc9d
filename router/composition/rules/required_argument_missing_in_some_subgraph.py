"""REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH: one subgraph insists on an argument which another does not have.

Only arguments that all subgraphs have get into the supergraph, so the first would never be given its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.rules.argument_sites import argument_sites
from router.composition.rules.wording import subgraph_names
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for site in argument_sites(assembly):
        needing = [source for source in site.sources if source.value.required]
        if site.is_merged or not needing:
            continue
        message = (
            f'Argument "{site.coordinate}" is required in some subgraphs but does not appear in all subgraphs: it is'
            f" required in {subgraph_names(source.facts.name for source in needing)} but does not appear in"
            f" {subgraph_names(site.missing)}"
        )
        first = needing[0]
        code = "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH"
        yield CompositionIssue(code, message, first.facts.name, first.value.line)
