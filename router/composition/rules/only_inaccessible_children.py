"""ONLY_INACCESSIBLE_CHILDREN: clients see a type and nothing in it."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.model import Kind, Supergraph, TypeDefinition
from router.composition.rules.inaccessible_elements import Visibility
from router.errors import CompositionIssue

_PARTS = {
    Kind.OBJECT: "fields",
    Kind.INTERFACE: "fields",
    Kind.INPUT: "input fields",
    Kind.UNION: "members",
    Kind.ENUM: "values",
}


def check_merged(assembly: Assembly, supergraph: Supergraph) -> Iterator[CompositionIssue]:
    visibility = Visibility(assembly, supergraph)
    for definition in visibility.visible_types():
        if definition.kind in _PARTS and not _shows_anything(visibility, definition):
            parts = _PARTS[definition.kind]
            message = f'Type "{definition.name}" is in the API schema but all of its {parts} are @inaccessible.'
            yield visibility.issue("ONLY_INACCESSIBLE_CHILDREN", message, definition.name)


def _shows_anything(visibility: Visibility, definition: TypeDefinition) -> bool:
    parts = (*definition.fields.values(), *definition.inputs.values(), *definition.values.values())
    return any(visibility.shows(part) for part in parts) or any(
        not visibility.hides_type(member) for member in definition.members
    )
