"""What follows from a subgraph's directives: which of its fields are external, provided, used, shareable.

An external field of a key on an extended type is not truly external: that spelling is Federation 1's way to say that
the subgraph knows the key of another subgraph's entity, and it does resolve it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from router.composition.contexts import context_setters, contextual_arguments
from router.composition.field_set import Coordinate, FieldSetWalk, field_set_of
from router.composition.model import WITH_FIELDS, Directive, Kind, Subgraph, TypeDefinition
from router.composition.specification import (
    EXTENDS,
    EXTERNAL,
    INTERFACE_OBJECT,
    KEY,
    PROVIDES,
    REQUIRES,
    SHAREABLE,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """One subgraph with everything worked out that the rules and the merge ask again and again."""

    subgraph: Subgraph
    walk: FieldSetWalk
    external: frozenset[Coordinate] = field(default=frozenset())
    provided: frozenset[Coordinate] = field(default=frozenset())
    used: frozenset[Coordinate] = field(default=frozenset())
    shareable: frozenset[Coordinate] = field(default=frozenset())

    @property
    def name(self) -> str:
        return self.subgraph.name

    def is_fully_external(self, coordinate: Coordinate) -> bool:
        """External, and not even resolved on some path by @provides."""
        return coordinate in self.external and coordinate not in self.provided

    def is_interface_object(self, name: str) -> bool:
        definition = self.subgraph.types.get(name)
        return definition is not None and definition.kind is Kind.OBJECT and definition.has(INTERFACE_OBJECT)


def establish_facts(subgraph: Subgraph) -> Facts:
    """Work the facts out."""
    walk = FieldSetWalk(subgraph.types)
    external = frozenset(_external(subgraph, walk))
    provided = frozenset(_selected(subgraph, walk, PROVIDES))
    used = frozenset(
        [
            *(_ for name in (KEY, REQUIRES, PROVIDES) for _ in _selected(subgraph, walk, name)),
            *_taken_from_contexts(subgraph, walk),
            *_implementing(subgraph, walk),
        ]
    )
    return Facts(
        subgraph,
        walk,
        external=external,
        provided=provided,
        used=used,
        shareable=frozenset([*_selected(subgraph, walk, KEY), *_marked_shareable(subgraph)]) | (provided & external),
    )


def field_set_uses(subgraph: Subgraph, name: str) -> Iterator[tuple[TypeDefinition, str | None, str, Directive]]:
    """Yield each @key, @requires or @provides with its type, its field, and the type which its field set starts at."""
    for definition in subgraph.types.values():
        if definition.kind not in WITH_FIELDS:
            continue
        if name == KEY:
            for directive in definition.applications(KEY):
                yield definition, None, definition.name, directive
            continue
        for element in definition.fields.values():
            parent = definition.name if name == REQUIRES else element.type.name
            for directive in element.applications(name):
                yield definition, element.name, parent, directive


def _selected(
    subgraph: Subgraph, walk: FieldSetWalk, name: str, *, with_implementations: bool = True
) -> Iterator[Coordinate]:
    for _, _, parent, directive in field_set_uses(subgraph, name):
        selections = field_set_of(directive)
        yield from walk.targets(parent, selections, with_implementations=with_implementations)


def _taken_from_contexts(subgraph: Subgraph, walk: FieldSetWalk) -> Iterator[Coordinate]:
    setters = context_setters(subgraph)
    for use in contextual_arguments(subgraph):
        for setter in setters.get(use.context or "", ()):
            yield from walk.targets(setter.name, use.selections(), with_implementations=True)


def _implementing(subgraph: Subgraph, walk: FieldSetWalk) -> Iterator[Coordinate]:
    for interface in subgraph.types.values():
        if interface.kind is Kind.INTERFACE:
            for name in walk.possible_types(interface.name):
                for element in subgraph.types[name].fields:
                    if element in interface.fields:
                        yield name, element


def _external(subgraph: Subgraph, walk: FieldSetWalk) -> Iterator[Coordinate]:
    known_keys = set(_extension_key_fields(subgraph, walk))
    for definition in subgraph.types.values():
        whole = definition.has(EXTERNAL) and definition.kind is Kind.OBJECT and not subgraph.is_federation_1
        for element in definition.fields.values():
            coordinate = (definition.name, element.name)
            if (whole or element.has(EXTERNAL)) and coordinate not in known_keys:
                yield coordinate


def _extension_key_fields(subgraph: Subgraph, walk: FieldSetWalk) -> Iterator[Coordinate]:
    for definition in subgraph.types.values():
        for directive in definition.applications(KEY):
            if directive.on_extension or definition.has(EXTENDS):
                selections = field_set_of(directive)
                for name, element in walk.targets(definition.name, selections, with_implementations=False):
                    if subgraph.types[name].fields[element].has(EXTERNAL):
                        yield name, element


def _marked_shareable(subgraph: Subgraph) -> Iterator[Coordinate]:
    for definition in subgraph.types.values():
        for element in definition.fields.values():
            if element.has(SHAREABLE):
                yield definition.name, element.name
