"""INTERFACE_KEY_NOT_ON_IMPLEMENTATION: a key of an interface must be a key of every implementation too."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.field_set import normal_form
from router.composition.model import Directive, Kind, TypeDefinition
from router.composition.printing import print_directive
from router.composition.rules.wording import type_names
from router.composition.specification import KEY
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for interface in facts.subgraph.types.values():
        if interface.kind is Kind.INTERFACE:
            for key in interface.applications(KEY):
                yield from _check_key(facts, interface, key)


def _check_key(facts: Facts, interface: TypeDefinition, key: Directive) -> Iterator[CompositionIssue]:
    missing: list[str] = []
    unresolvable: list[str] = []
    for name in facts.walk.possible_types(interface.name):
        implementation = facts.subgraph.types[name]
        same = _same_key(implementation, key)
        if same is None:
            missing.append(name)
        elif key.value("resolvable") is not False and same.value("resolvable") is False:
            unresolvable.append(name)
    head = f'Key {print_directive(key)} on interface type "{interface.name}"'
    if missing:
        message = f"{head} is missing on implementation {type_names(missing)}."
    elif unresolvable:
        message = (
            f"{head} should be resolvable on all implementation types, but is declared with argument"
            f' "@key(resolvable:)" set to false in {type_names(unresolvable)}.'
        )
    else:
        return
    yield CompositionIssue("INTERFACE_KEY_NOT_ON_IMPLEMENTATION", message, facts.name, key.line)


def _same_key(implementation: TypeDefinition, key: Directive) -> Directive | None:
    wanted = normal_form(key.value("fields", ""))
    for one in implementation.applications(KEY):
        if normal_form(one.value("fields", "")) == wanted:
            return one
    return None
