"""IMPLEMENTED_BY_INACCESSIBLE: clients see a field of an interface, but not the field that implements it."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.model import Field, Supergraph, TypeDefinition
from router.composition.rules.inaccessible_elements import Visibility
from router.errors import CompositionIssue

_CODE = "IMPLEMENTED_BY_INACCESSIBLE"


def check_merged(assembly: Assembly, supergraph: Supergraph) -> Iterator[CompositionIssue]:
    visibility = Visibility(assembly, supergraph)
    for definition in visibility.visible_types():
        for name in definition.interfaces:
            interface = supergraph.types.get(name)
            if interface is None or not visibility.shows(interface):
                continue
            for field in definition.fields.values():
                implemented = interface.fields.get(field.name)
                if implemented is not None and visibility.shows(implemented):
                    yield from _check(visibility, definition, field, interface, implemented)


def _check(
    visibility: Visibility, definition: TypeDefinition, field: Field, interface: TypeDefinition, implemented: Field
) -> Iterator[CompositionIssue]:
    if not visibility.shows(field):
        message = (
            f'Field "{definition.name}.{field.name}" is @inaccessible but implements the interface field'
            f' "{interface.name}.{field.name}", which is in the API schema.'
        )
        yield visibility.issue(_CODE, message, definition.name, field.name)
        return
    for argument in field.arguments.values():
        other = implemented.arguments.get(argument.name)
        if other is not None and visibility.shows(other) and not visibility.shows(argument):
            message = (
                f'Argument "{definition.name}.{field.name}({argument.name}:)" is @inaccessible but implements the'
                f' interface argument "{interface.name}.{field.name}({argument.name}:)", which is in the API schema.'
            )
            yield visibility.issue(_CODE, message, definition.name, field.name, argument.name)
