"""EXTERNAL_ARGUMENT_DEFAULT_MISMATCH: an argument of an external field has another default than the supergraph's."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.merge.assembly import argument_sources
from router.composition.rules.defaults import default_text
from router.composition.rules.external_fields import external_fields
from router.composition.rules.wording import disagreement
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for one in external_fields(assembly):
        for merged in one.merged_arguments(assembly):
            wrong = [
                source
                for source in argument_sources(one.external, merged.name)
                if source.value.default != merged.default
            ]
            if not wrong:
                continue
            sources = argument_sources(one.sources, merged.name)
            has = disagreement((source.facts.name, default_text(source)) for source in sources)
            message = (
                f'Argument "{one.coordinate}({merged.name}:)" has incompatible defaults across subgraphs'
                f' (where "{one.coordinate}" is marked @external): it has {has}'
            )
            first = wrong[0]
            yield CompositionIssue("EXTERNAL_ARGUMENT_DEFAULT_MISMATCH", message, first.facts.name, first.value.line)
