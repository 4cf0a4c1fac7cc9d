"""DEFAULT_VALUE_USES_INACCESSIBLE: a default that clients see holds an enum value or input field that they do not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from router.composition.merge import Assembly
from router.composition.model import Supergraph
from router.composition.rules.inaccessible_elements import Visibility, input_sites
from router.composition.type_reference import TypeReference
from router.errors import CompositionIssue


def check_merged(assembly: Assembly, supergraph: Supergraph) -> Iterator[CompositionIssue]:
    visibility = Visibility(assembly, supergraph)
    for coordinate, site in input_sites(visibility):
        if site.default is None or visibility.hides_type(site.type.name):
            continue
        for noun, path in _hidden_parts(visibility, site.type, site.default.value):
            message = (
                f'{noun} "{".".join(path)}" is @inaccessible but is used in the default value of "{coordinate}", which'
                " is in the API schema."
            )
            yield visibility.issue("DEFAULT_VALUE_USES_INACCESSIBLE", message, *path)


def _hidden_parts(
    visibility: Visibility, reference: TypeReference, value: Any
) -> Iterator[tuple[str, tuple[str, str]]]:
    definition = visibility.types.get(reference.name)
    if isinstance(value, list):
        for item in value:
            yield from _hidden_parts(visibility, reference.item or reference, item)
    elif definition is None:
        return
    elif isinstance(value, dict):
        for name, part in value.items():
            field = definition.inputs.get(name)
            if field is None:
                continue
            if not visibility.shows(field):
                yield "Input field", (definition.name, name)
            yield from _hidden_parts(visibility, field.type, part)
    elif value in definition.values and not visibility.shows(definition.values[value]):
        yield "Enum value", (definition.name, value)
