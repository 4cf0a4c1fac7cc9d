"""INTERFACE_OBJECT_USAGE_ERROR: it must be an entity, an interface elsewhere, and know no implementation."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.merge import Assembly
from router.composition.model import Kind
from router.composition.rules.wording import subgraph_names, type_names
from router.composition.specification import KEY
from router.errors import CompositionIssue

_CODE = "INTERFACE_OBJECT_USAGE_ERROR"


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for definition in facts.subgraph.types.values():
        if facts.is_interface_object(definition.name) and not definition.has(KEY):
            message = (
                "The @interfaceObject directive can only be applied to entity types but type"
                f' "{definition.name}" has no @key in this subgraph.'
            )
            yield CompositionIssue(_CODE, message, facts.name, definition.line)


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for name in assembly.names:
        standing_in = [source for source in assembly.sources(name) if source.facts.is_interface_object(name)]
        if not standing_in:
            continue
        sources = assembly.sources(name)
        if len(standing_in) == len(sources):
            names = subgraph_names(source.facts.name for source in sources)
            message = (
                f'Type "{name}" is declared with @interfaceObject in all the subgraphs in which it is defined'
                f" (it is defined in {names} but should be defined as an interface in at least one subgraph)"
            )
            yield CompositionIssue(_CODE, message, sources[0].facts.name, sources[0].definition.line)
        for source in standing_in:
            known = [one for one in assembly.implementations(name) if one in source.facts.subgraph.types]
            if known and any(other.definition.kind is Kind.INTERFACE for other in sources):
                message = (
                    f'Interface type "{name}" is defined as an @interfaceObject in subgraph "{source.facts.name}" so'
                    f' that subgraph should not define any of the implementation types of "{name}", but it defines'
                    f" {type_names(known)}"
                )
                yield CompositionIssue(_CODE, message, source.facts.name, source.definition.line)
