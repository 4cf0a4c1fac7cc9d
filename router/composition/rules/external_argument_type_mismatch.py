"""EXTERNAL_ARGUMENT_TYPE_MISMATCH: an external field's argument does not take what the supergraph's takes."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.rules.external_fields import external_fields
from router.composition.rules.wording import disagreement
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for one in external_fields(assembly):
        for merged in one.merged_arguments(assembly):
            own = [source for source in one.external if merged.name in source.field.arguments]
            wrong = [
                source
                for source in own
                if not assembly.is_subtype(merged.type, source.field.arguments[merged.name].type)
            ]
            if not wrong:
                continue
            has = disagreement(
                (source.facts.name, f'type "{source.field.arguments[merged.name].type}"')
                for source in one.sources
                if merged.name in source.field.arguments
            )
            message = (
                f'Type of argument "{one.coordinate}({merged.name}:)" is incompatible across subgraphs'
                f' (where "{one.coordinate}" is marked @external): it has {has}'
            )
            first = wrong[0]
            yield CompositionIssue("EXTERNAL_ARGUMENT_TYPE_MISMATCH", message, first.facts.name, first.field.line)
