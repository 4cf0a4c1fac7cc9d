"""Merges @context: each subgraph's contexts are its own, so their names begin with the subgraph's."""

from __future__ import annotations

from collections.abc import Sequence

from router.composition.contexts import qualified
from router.composition.merge.assembly import TypeSource
from router.composition.model import Directive
from router.composition.specification import CONTEXT
from router.composition.values import string_literal


def merge_contexts(sources: Sequence[TypeSource]) -> tuple[Directive, ...]:
    """Return what a type of the supergraph sets for each subgraph."""
    names = dict.fromkeys(
        qualified(source.facts.subgraph, str(directive.value("name")))
        for source in sources
        for directive in source.definition.applications(CONTEXT)
    )
    return tuple(Directive(CONTEXT, {"name": string_literal(name)}) for name in names)
