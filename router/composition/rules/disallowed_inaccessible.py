"""DISALLOWED_INACCESSIBLE: an argument is hidden of a directive that only schemas have, and clients never see."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.model import Supergraph
from router.composition.specification import INACCESSIBLE
from router.errors import CompositionIssue


def check_merged(_: Assembly, supergraph: Supergraph) -> Iterator[CompositionIssue]:
    for directive in supergraph.composed:
        for argument in directive.definition.arguments.values():
            if argument.has(INACCESSIBLE):
                message = f'Core feature directive "@{directive.name}" cannot use @inaccessible.'
                yield CompositionIssue("DISALLOWED_INACCESSIBLE", message, min(directive.subgraphs), argument.line)
                break
