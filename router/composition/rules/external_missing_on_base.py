"""EXTERNAL_MISSING_ON_BASE: every subgraph that lists a field says that another one resolves it."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.rules.wording import subgraph_names
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for name, field, sources in assembly.fields():
        stand_ins = tuple(assembly.interface_object_fields(name, field))
        if all(source.is_external for source in (*sources, *stand_ins)):
            message = (
                f'Field "{name}.{field}" is marked @external on all the subgraphs in which it is listed'
                f" ({subgraph_names(source.facts.name for source in (*sources, *stand_ins))})."
            )
            first = sources[0]
            yield CompositionIssue("EXTERNAL_MISSING_ON_BASE", message, first.facts.name, first.field.line)
