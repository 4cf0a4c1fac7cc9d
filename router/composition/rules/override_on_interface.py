"""OVERRIDE_ON_INTERFACE: fields of interfaces are not resolved, so there is nothing to take over."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.rules.override_uses import Fault, override_uses
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for use in override_uses(assembly):
        if use.fault is Fault.ON_INTERFACE:
            message = (
                f'@override cannot be used on field "{use.coordinate}" on subgraph "{use.source.facts.name}":'
                " @override is not supported on interface type fields."
            )
            yield use.issue("OVERRIDE_ON_INTERFACE", message)
