"""FIELD_ARGUMENT_DEFAULT_MISMATCH: two subgraphs give an argument different defaults."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.rules.argument_sites import argument_sites
from router.composition.rules.defaults import clash
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for site in argument_sites(assembly):
        found = clash(site.sources) if site.is_merged else None
        if found is not None:
            message = f'Argument "{site.coordinate}" has incompatible default values across subgraphs: it has {found}'
            first = site.sources[0]
            yield CompositionIssue("FIELD_ARGUMENT_DEFAULT_MISMATCH", message, first.facts.name, first.value.line)
