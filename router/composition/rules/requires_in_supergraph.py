"""REQUIRES_INVALID_FIELDS, once more: what a subgraph requires must also be there after merging.

Each subgraph's own schema may allow a requirement which the resolving subgraphs, being others, cannot meet: an argument
that only one of them has is not in the supergraph.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.field_set import FieldSetWalk, field_set_of
from router.composition.field_set_faults import faults
from router.composition.merge import Assembly
from router.composition.model import Supergraph
from router.composition.rules.selections import uses
from router.composition.specification import REQUIRES
from router.errors import CompositionIssue


def check_merged(assembly: Assembly, supergraph: Supergraph) -> Iterator[CompositionIssue]:
    walk = FieldSetWalk(supergraph.types)
    for facts in assembly.facts:
        for use in uses(facts, REQUIRES):
            selections = field_set_of(use.directive)
            for fault in faults(supergraph.types, walk, use.parent, selections) if selections else ():
                yield CompositionIssue("REQUIRES_INVALID_FIELDS", f"{use}: {fault}", facts.name, use.directive.line)
