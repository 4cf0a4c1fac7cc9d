"""OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE: @override meets @external, @provides, @requires or an interface object."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.rules.override_uses import Fault, OverrideUse, override_uses
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for use in override_uses(assembly):
        message = _message(use)
        if message is not None:
            yield use.issue("OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", message)


def _message(use: OverrideUse) -> str | None:
    subgraph = use.source.facts.name
    match use.fault:
        case Fault.ON_INTERFACE_OBJECT:
            return (
                "@override is not yet supported on fields of @interfaceObject types: cannot be used on field"
                f' "{use.coordinate}" on subgraph "{subgraph}".'
            )
        case Fault.ABSTRACTED if use.stand_in is not None:
            return (
                f'Invalid @override on field "{use.coordinate}" of subgraph "{subgraph}": source subgraph'
                f' "{use.origin}" does not have field "{use.coordinate}" but abstract it in type'
                f' "{use.stand_in.definition.name}" and overriding abstracted fields is not supported.'
            )
        case Fault.COLLISION if use.collision is not None:
            directive, place = use.collision
            return (
                f'@override cannot be used on field "{use.coordinate}" on subgraph "{subgraph}" since'
                f' "{use.coordinate}" on "{place}" is marked with directive "{directive}"'
            )
        case _:
            return None
