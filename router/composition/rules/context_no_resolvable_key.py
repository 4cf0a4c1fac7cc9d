"""CONTEXT_NO_RESOLVABLE_KEY: an object that takes a value from a context cannot be fetched once the value is known."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.contexts import contextual_arguments
from router.composition.facts import Facts
from router.composition.model import Kind
from router.composition.specification import KEY
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for use in contextual_arguments(facts.subgraph):
        definition = use.definition
        if definition.kind is not Kind.OBJECT or not (use.context and use.selection):
            continue
        if all(key.value("resolvable") is False for key in definition.applications(KEY)):
            message = f'Object "{definition.name}" has no resolvable key but has a field with a contextual argument.'
            yield CompositionIssue("CONTEXT_NO_RESOLVABLE_KEY", message, facts.name, definition.line)
