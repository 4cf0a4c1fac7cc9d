"""REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH: one subgraph insists on an input field which another does not have."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.model import Kind
from router.composition.rules.wording import subgraph_names
from router.composition.specification import INACCESSIBLE
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for name in assembly.of_kind(Kind.INPUT):
        for field in assembly.input_names(name):
            yield from _check(assembly, name, field)


def _check(assembly: Assembly, name: str, field: str) -> Iterator[CompositionIssue]:
    sources = assembly.input_sources(name, field)
    needing = [source for source in sources if source.value.required]
    missing = [one.facts.name for one in assembly.sources(name) if field not in one.definition.inputs]
    if not needing or not missing or any(source.value.has(INACCESSIBLE) for source in sources):
        return
    message = (
        f'Input object field "{name}.{field}" is required in some subgraphs but does not appear in all subgraphs: it is'
        f" required in {subgraph_names(source.facts.name for source in needing)} but does not appear in"
        f" {subgraph_names(missing)}"
    )
    first = needing[0]
    code = "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH"
    yield CompositionIssue(code, message, first.facts.name, first.value.line)
