"""KEY_UNSUPPORTED_ON_INTERFACE and its kin: a federation directive on an interface that cannot be there.

Keys on interfaces came with federation 2.3; @requires and @provides on fields of interfaces never did.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.model import Kind
from router.composition.rules.selections import uses
from router.composition.specification import KEY
from router.errors import CompositionIssue

_KEYS_ON_INTERFACES = (2, 3)


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for use in uses(facts):
        if use.definition.kind is not Kind.INTERFACE:
            continue
        if use.directive.name == KEY and facts.subgraph.federation >= _KEYS_ON_INTERFACES:
            continue
        name = use.definition.name if use.field is None else f"{use.definition.name}.{use.field}"
        message = (
            f'Cannot use {use.directive.name} on interface "{name}":'
            f" {use.directive.name} is not yet supported on interfaces"
            if use.field is None
            else f'Cannot use {use.directive.name} on field "{name}" of parent type "{use.definition.name}":'
            f" {use.directive.name} is not yet supported within interfaces"
        )
        yield CompositionIssue(f"{use.prefix}_UNSUPPORTED_ON_INTERFACE", message, facts.name, use.directive.line)
