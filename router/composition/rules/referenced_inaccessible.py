"""REFERENCED_INACCESSIBLE: something that clients see has a type that they do not."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.model import Supergraph
from router.composition.rules.inaccessible_elements import Visibility, input_sites
from router.errors import CompositionIssue


def check_merged(assembly: Assembly, supergraph: Supergraph) -> Iterator[CompositionIssue]:
    visibility = Visibility(assembly, supergraph)
    for coordinate, type_name in _references(visibility):
        if visibility.hides_type(type_name):
            message = (
                f'Type "{type_name}" is @inaccessible but is referenced by "{coordinate}", which is in the API schema.'
            )
            yield visibility.issue("REFERENCED_INACCESSIBLE", message, type_name)


def _references(visibility: Visibility) -> Iterator[tuple[str, str]]:
    for definition in visibility.visible_types():
        for field in definition.fields.values():
            if visibility.shows(field):
                yield f"{definition.name}.{field.name}", field.type.name
    for coordinate, value in input_sites(visibility):
        yield coordinate, value.type.name
