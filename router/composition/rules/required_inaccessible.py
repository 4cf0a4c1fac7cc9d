"""REQUIRED_INACCESSIBLE: clients must give an argument or input field which they do not see."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.model import Field, Supergraph, TypeDefinition
from router.composition.rules.inaccessible_elements import Visibility
from router.errors import CompositionIssue

_CODE = "REQUIRED_INACCESSIBLE"


def check_merged(assembly: Assembly, supergraph: Supergraph) -> Iterator[CompositionIssue]:
    visibility = Visibility(assembly, supergraph)
    for directive in visibility.directives:
        for argument in directive.arguments.values():
            if not visibility.shows(argument) and argument.required:
                place = f"@{directive.name}({argument.name}:)"
                message = f'Argument "{place}" is @inaccessible but is a required argument of its directive.'
                yield CompositionIssue(_CODE, message)
    for definition in visibility.visible_types():
        for value in definition.inputs.values():
            if not visibility.shows(value) and value.required:
                message = (
                    f'Input field "{definition.name}.{value.name}" is @inaccessible but is a required input field of'
                    " its type."
                )
                yield visibility.issue(_CODE, message, definition.name, value.name)
        for field in definition.fields.values():
            if visibility.shows(field):
                yield from _check_arguments(visibility, definition, field)


def _check_arguments(visibility: Visibility, definition: TypeDefinition, field: Field) -> Iterator[CompositionIssue]:
    for argument in field.arguments.values():
        if visibility.shows(argument):
            continue
        coordinate = f"{definition.name}.{field.name}({argument.name}:)"
        path = (definition.name, field.name, argument.name)
        if argument.required:
            message = f'Argument "{coordinate}" is @inaccessible but is a required argument of its field.'
            yield visibility.issue(_CODE, message, *path)
        for other in visibility.visible_types():
            implementing = other.fields.get(field.name) if definition.name in other.interfaces else None
            twin = implementing.arguments.get(argument.name) if implementing else None
            if implementing and twin and twin.required and visibility.shows(implementing, twin):
                message = (
                    f'Argument "{coordinate}" is @inaccessible but is implemented by the required argument'
                    f' "{other.name}.{field.name}({argument.name}:)", which is in the API schema.'
                )
                yield visibility.issue(_CODE, message, *path)
