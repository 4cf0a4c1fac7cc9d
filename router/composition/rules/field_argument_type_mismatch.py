"""FIELD_ARGUMENT_TYPE_MISMATCH: the subgraphs' types of an argument do not fit one another."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.merge.references import fit_together, merge_input_type
from router.composition.rules.argument_sites import argument_sites
from router.composition.rules.wording import disagreement
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for site in argument_sites(assembly):
        types = [source.value.type for source in site.sources]
        if not site.is_merged or fit_together(assembly, types, merge_input_type(assembly, types), output=False):
            continue
        has = disagreement((source.facts.name, f'type "{source.value.type}"') for source in site.sources)
        message = f'Type of argument "{site.coordinate}" is incompatible across subgraphs: it has {has}'
        first = site.sources[0]
        yield CompositionIssue("FIELD_ARGUMENT_TYPE_MISMATCH", message, first.facts.name, first.value.line)
