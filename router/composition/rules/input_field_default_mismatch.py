"""INPUT_FIELD_DEFAULT_MISMATCH: two subgraphs give a field of an input object different defaults."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.model import Kind
from router.composition.rules.defaults import clash
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for name in assembly.of_kind(Kind.INPUT):
        for field in assembly.input_names(name):
            sources = assembly.input_sources(name, field)
            found = clash(sources)
            if found is not None:
                message = (
                    f'Input field "{name}.{field}" has incompatible default values across subgraphs: it has {found}'
                )
                first = sources[0]
                yield CompositionIssue("INPUT_FIELD_DEFAULT_MISMATCH", message, first.facts.name, first.value.line)
