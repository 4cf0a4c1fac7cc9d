"""Which subgraph resolves which field, as the router will see it: after overrides, without what is external.

A progressive override leaves both subgraphs' fields in place and lets a label decide for each request; `active` are the
labels that are on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import FieldNode, InlineFragmentNode, SelectionSetNode

from router.composition.facts import Facts
from router.composition.field_set import field_set_of, print_field_set, try_field_set
from router.composition.merge import Assembly
from router.composition.merge.overrides import plan_overrides
from router.composition.model import Directive, Field, TypeDefinition
from router.composition.specification import KEY, OVERRIDE, PROVIDES, REQUIRES


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """An object at hand in a subgraph, under the type that the subgraph has for it.

    `provided` is the field set of a @provides on the way here, which makes external fields resolvable; empty without.
    """

    subgraph: str
    type_name: str
    provided: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """A field that a subgraph resolves: what it needs first, and where the value then is."""

    field: Field
    requires: SelectionSetNode | None
    target: Position


@dataclass(frozen=True, slots=True)
class Entry:
    """A resolvable key by which a subgraph can be entered, at `position`."""

    position: Position
    key: Directive
    selections: SelectionSetNode


class FieldSources:
    """Looks up fields and keys by subgraph and type."""

    def __init__(self, assembly: Assembly, active: frozenset[str]) -> None:
        self._assembly = assembly
        self._facts = {facts.name: facts for facts in assembly.facts}
        self._gone = frozenset(self._overridden(active))

    def _overridden(self, active: frozenset[str]) -> Iterator[tuple[str, str, str]]:
        for name, field, sources in self._assembly.fields():
            overrides = plan_overrides(sources)
            for source in sources:
                override = overrides.get(source.facts.name)
                if override is None:
                    continue
                applies = override.label is None or override.label in active
                takes_over = override.label is not None and source.field.has(OVERRIDE) and not override.is_overridden
                if (override.is_overridden and applies) or (takes_over and not applies):
                    yield source.facts.name, name, field

    def facts(self, subgraph: str) -> Facts:
        return self._facts[subgraph]

    def definition(self, position: Position) -> TypeDefinition:
        return self._facts[position.subgraph].subgraph.types[position.type_name]

    def is_interface_object(self, position: Position) -> bool:
        return self._facts[position.subgraph].is_interface_object(position.type_name)

    def resolution(self, position: Position, name: str) -> Resolution | None:
        """Return how the field is resolved at a position, or None where it is not."""
        definition = self.definition(position)
        field = definition.fields.get(name)
        if field is None or (position.subgraph, definition.name, name) in self._gone:
            return None
        inside = _provided_field(position.provided, definition.name, name)
        external = (definition.name, name) in self._facts[position.subgraph].external
        if external and inside is None:
            return None
        requires = field.applications(REQUIRES)
        provides = field.applications(PROVIDES)
        handed_on = provides[0].value("fields") if provides else inside or ""
        return Resolution(
            field,
            field_set_of(requires[0]) if requires else None,
            Position(position.subgraph, field.type.name, handed_on),
        )

    def entries(self, type_name: str) -> Iterator[Entry]:
        """Yield each key by which an object or interface can be entered, also by way of an interface object."""
        for name in (type_name, *self._assembly.interfaces(type_name)):
            for source in self._assembly.sources(name):
                if name != type_name and not source.facts.is_interface_object(name):
                    continue
                for key in source.definition.applications(KEY):
                    selections = field_set_of(key)
                    if key.value("resolvable") is not False and selections is not None:
                        yield Entry(Position(source.facts.name, name), key, selections)

    def positions(self, type_name: str) -> Iterator[Position]:
        for source in self._assembly.sources(type_name):
            yield Position(source.facts.name, type_name)

    def runtime_positions(self, position: Position, runtime: str) -> Iterator[Position]:
        """Yield where an object of the runtime type is at hand, if the position's type can be it."""
        subgraph = self._facts[position.subgraph]
        if self.is_interface_object(position):
            if position.type_name in self._assembly.interfaces(runtime):
                yield position
        elif runtime in subgraph.walk.possible_types(position.type_name):
            yield Position(position.subgraph, runtime, position.provided)


def _provided_field(provided: str, type_name: str, name: str) -> str | None:
    """Return what is provided below a field: a field set, an empty one for a leaf, None where it is not provided."""
    selections = try_field_set(provided) if provided else None
    return None if selections is None else _search(selections, type_name, name)


def _search(selections: SelectionSetNode, type_name: str, name: str) -> str | None:
    for selection in selections.selections:
        if isinstance(selection, FieldNode) and selection.name.value == name:
            return print_field_set(selection.selection_set) if selection.selection_set else ""
        if isinstance(selection, InlineFragmentNode):
            # A condition on an interface may hold for this type; being generous here only delays to run time what
            # the subgraph itself has promised.
            found = _search(selection.selection_set, type_name, name)
            if found is not None:
                return found
    return None
