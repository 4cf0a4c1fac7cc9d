"""OVERRIDE_SOURCE_HAS_OVERRIDE: a field is taken over from a subgraph that takes it over itself."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.rules.override_uses import Fault, override_uses
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for use in override_uses(assembly):
        if use.fault is Fault.SOURCE_HAS_OVERRIDE:
            message = (
                f'Field "{use.coordinate}" on subgraph "{use.source.facts.name}" is also marked with directive'
                f' @override in subgraph "{use.origin}". Only one @override directive is allowed per field.'
            )
            yield use.issue("OVERRIDE_SOURCE_HAS_OVERRIDE", message)
