"""OVERRIDE_FROM_SELF_ERROR: a subgraph takes a field over from itself."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.rules.override_uses import Fault, override_uses
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for use in override_uses(assembly):
        if use.fault is Fault.FROM_SELF:
            message = (
                f'Source and destination subgraphs "{use.origin}" are the same for overridden field "{use.coordinate}"'
            )
            yield use.issue("OVERRIDE_FROM_SELF_ERROR", message)
