"""EXTERNAL_ARGUMENT_MISSING: an external field lacks an argument which the resolving subgraphs have."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.rules.external_fields import external_fields
from router.composition.rules.wording import subgraph_names
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for one in external_fields(assembly):
        for argument in one.merged_arguments(assembly):
            lacking = [source for source in one.external if argument.name not in source.field.arguments]
            if not lacking:
                continue
            having = subgraph_names(
                source.facts.name for source in one.sources if argument.name in source.field.arguments
            )
            name = f'"{one.coordinate}({argument.name}:)"'
            message = (
                f'Field "{one.coordinate}" is missing argument {name} in some subgraphs where it is marked @external:'
                f" argument {name} is declared in {having} but not in"
                f' {subgraph_names(source.facts.name for source in lacking)} (where "{one.coordinate}" is @external).'
            )
            first = lacking[0]
            yield CompositionIssue("EXTERNAL_ARGUMENT_MISSING", message, first.facts.name, first.field.line)
