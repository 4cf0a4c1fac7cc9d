"""ENUM_VALUE_MISMATCH: an enum that is both sent and returned must have the same values in all subgraphs."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.merge.enums import Usage, enum_usage, enum_values
from router.composition.model import Kind
from router.composition.rules.wording import subgraph_names
from router.composition.specification import INACCESSIBLE
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for name in assembly.of_kind(Kind.ENUM):
        if enum_usage(assembly, name) is Usage.BOTH:
            for value in enum_values(assembly, name):
                yield from _check(assembly, name, value)


def _check(assembly: Assembly, name: str, value: str) -> Iterator[CompositionIssue]:
    sources = assembly.sources(name)
    having = [source for source in sources if value in source.definition.values]
    lacking = [source for source in sources if value not in source.definition.values]
    if not lacking or any(source.definition.values[value].has(INACCESSIBLE) for source in having):
        return
    message = (
        f'Enum type "{name}" is used as both input type and output type, but value "{value}" is not defined in all the'
        f' subgraphs defining "{name}": "{value}" is defined in {subgraph_names(one.facts.name for one in having)} but'
        f" not in {subgraph_names(one.facts.name for one in lacking)}"
    )
    yield CompositionIssue("ENUM_VALUE_MISMATCH", message, lacking[0].facts.name, lacking[0].definition.line)
