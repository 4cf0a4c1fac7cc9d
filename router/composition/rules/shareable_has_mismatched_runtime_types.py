"""SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES: a shared field can return no type that all its subgraphs agree on."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.merge.assembly import FieldSource
from router.composition.merge.overrides import NOT_OVERRIDDEN, plan_overrides
from router.composition.model import Kind
from router.composition.rules.wording import subgraph_names
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for name, field, sources in assembly.fields():
        if assembly.kind(name) is not Kind.OBJECT:
            continue
        overrides = plan_overrides(sources)
        resolving = [
            source
            for source in sources
            if not source.is_external and not overrides.get(source.facts.name, NOT_OVERRIDDEN).is_overridden
        ]
        possible = [_possible_types(source) for source in resolving]
        if len(resolving) > 1 and not frozenset.intersection(*possible) and all(possible):
            message = (
                f'For the shared field "{name}.{field}", the subgraphs that resolve it'
                f" ({subgraph_names(source.facts.name for source in resolving)}) have no runtime type in common:"
                f" {', '.join(f'{one.facts.name} can return {_list(_possible_types(one))}' for one in resolving)}."
            )
            first = resolving[0]
            code = "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES"
            yield CompositionIssue(code, message, first.facts.name, first.field.line)


def _possible_types(source: FieldSource) -> frozenset[str]:
    """Return the object types; an interface object can be any, which counts as none known."""
    name = source.field.type.name
    if source.facts.is_interface_object(name):
        return frozenset()
    return frozenset(source.facts.walk.possible_types(name))


def _list(names: frozenset[str]) -> str:
    return " or ".join(sorted(names))
