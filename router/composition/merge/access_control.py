"""Hands access rules on between interfaces and the types behind them, so that no detour leads around a rule.

Whoever asks an interface gets an object behind it: the interface asks for what every such object asks for. And a field
that an object only has through an interface object asks for what the interface object's field asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from router.composition.merge.assembly import Assembly
from router.composition.merge.directives import merge_directives
from router.composition.model import Directive, Element, Field, Kind, TypeDefinition
from router.composition.specification import AUTHENTICATED, POLICY, REQUIRES_SCOPES

ACCESS_DIRECTIVES = frozenset({AUTHENTICATED, REQUIRES_SCOPES, POLICY})


def hand_on_access_rules(assembly: Assembly, types: Mapping[str, TypeDefinition]) -> dict[str, TypeDefinition]:
    """Return the types with the rules of their relatives added to their own."""
    if not any(_has_rules(source.definition) for name in types for source in assembly.sources(name)):
        return dict(types)
    return {name: _with_rules(assembly, definition) for name, definition in types.items()}


def without_access_rules(directives: tuple[Directive, ...]) -> tuple[Directive, ...]:
    return tuple(directive for directive in directives if directive.name not in ACCESS_DIRECTIVES)


def _has_rules(definition: TypeDefinition) -> bool:
    elements: tuple[Element, ...] = (definition, *definition.fields.values())
    return any(directive.name in ACCESS_DIRECTIVES for element in elements for directive in element.directives)


def _with_rules(assembly: Assembly, definition: TypeDefinition) -> TypeDefinition:
    if definition.kind is Kind.INTERFACE:
        implementations = assembly.implementations(definition.name)
        behind = [source.definition for name in implementations for source in assembly.sources(name)]
        fields = {
            name: replace(field, directives=_joined(assembly, field, _behind(assembly, definition.name, name)))
            for name, field in definition.fields.items()
        }
        return replace(definition, fields=fields, directives=_joined(assembly, definition, behind))
    if definition.kind is Kind.OBJECT:
        fields = {
            name: replace(field, directives=_joined(assembly, field, _before(assembly, definition.name, name)))
            for name, field in definition.fields.items()
        }
        return replace(definition, fields=fields)
    return definition


def _behind(assembly: Assembly, interface: str, field: str) -> Iterator[Field]:
    """Yield the fields that may answer for an interface's field: of objects, and of their other interface objects."""
    for name in assembly.implementations(interface):
        for source in assembly.field_sources(name, field):
            if not source.is_external:
                yield source.field
        for other in assembly.interfaces(name):
            if other != interface:
                yield from _of_interface_objects(assembly, other, field)


def _before(assembly: Assembly, name: str, field: str) -> Iterator[Field]:
    for interface in assembly.interfaces(name):
        yield from _of_interface_objects(assembly, interface, field)


def _of_interface_objects(assembly: Assembly, interface: str, field: str) -> Iterator[Field]:
    for source in assembly.field_sources(interface, field):
        if source.facts.is_interface_object(interface) and not source.is_external:
            yield source.field


def _joined(
    assembly: Assembly, element: Element, others: Sequence[Element] | Iterator[Element]
) -> tuple[Directive, ...]:
    rules = [_only_rules(one) for one in (element, *others)]
    return without_access_rules(element.directives) + merge_directives(assembly, rules)


def _only_rules(element: Element) -> Element:
    directives = tuple(directive for directive in element.directives if directive.name in ACCESS_DIRECTIVES)
    return Element(name=element.name, directives=directives)
