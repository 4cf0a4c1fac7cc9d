"""EXTERNAL_UNUSED: an external field that no key, requirement, provision or interface needs."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for name, field in sorted(facts.external - facts.used):
        message = (
            f'Field "{name}.{field}" is marked @external but is not used in any federation directive'
            " (@key, @provides, @requires) or to satisfy an interface; the field declaration has no use and should be"
            " removed (or the field should not be @external)."
        )
        yield CompositionIssue("EXTERNAL_UNUSED", message, facts.name, facts.subgraph.types[name].fields[field].line)
