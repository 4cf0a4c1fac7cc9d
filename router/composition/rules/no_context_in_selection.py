"""NO_CONTEXT_IN_SELECTION: @fromContext does not say `$context { selection }`."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.contexts import contextual_arguments
from router.composition.facts import Facts
from router.composition.model import Kind
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for use in contextual_arguments(facts.subgraph):
        if use.definition.kind is Kind.OBJECT and not (use.context and use.selection):
            message = f'@fromContext argument does not reference a context "{use.directive.value("field", "")}".'
            yield CompositionIssue("NO_CONTEXT_IN_SELECTION", message, facts.name, use.directive.line)
