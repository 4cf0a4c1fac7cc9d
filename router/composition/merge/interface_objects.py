"""Gives implementations the fields that interface objects add to their interface.

A subgraph with `type Media @interfaceObject` adds fields to every implementation without knowing any. In the supergraph
those implementations must have the fields too; a `join__field` without a graph says that they come from no subgraph
directly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from router.composition.merge.access_control import without_access_rules
from router.composition.merge.assembly import Assembly
from router.composition.merge.joins import JOIN_FIELD, join
from router.composition.model import Directive, Field, Kind, TypeDefinition


def add_interface_object_fields(assembly: Assembly, types: Mapping[str, TypeDefinition]) -> dict[str, TypeDefinition]:
    """Return the types with the missing fields added."""
    return {name: _with_missing(assembly, types, definition) for name, definition in types.items()}


def _with_missing(
    assembly: Assembly, types: Mapping[str, TypeDefinition], definition: TypeDefinition
) -> TypeDefinition:
    if definition.kind is not Kind.OBJECT:
        return definition
    missing = {field.name: field for field in _missing_fields(assembly, types, definition)}
    return replace(definition, fields={**definition.fields, **missing}) if missing else definition


def _missing_fields(
    assembly: Assembly, types: Mapping[str, TypeDefinition], definition: TypeDefinition
) -> Iterator[Field]:
    for interface in definition.interfaces:
        for field in types[interface].fields.values() if interface in types else ():
            if field.name not in definition.fields and provided_by_interface_object(assembly, interface, field.name):
                yield replace(
                    field,
                    directives=(join(JOIN_FIELD, None), *without_access_rules(_without_joins(field.directives))),
                    arguments={
                        name: replace(argument, directives=_without_joins(argument.directives))
                        for name, argument in field.arguments.items()
                    },
                )


def _without_joins(directives: tuple[Directive, ...]) -> tuple[Directive, ...]:
    return tuple(directive for directive in directives if not directive.name.startswith("join__"))


def provided_by_interface_object(assembly: Assembly, interface: str, field: str) -> bool:
    """Say whether some subgraph resolves the field on the interface itself."""
    return any(
        source.facts.is_interface_object(interface) and not source.is_external
        for source in assembly.field_sources(interface, field)
    )
