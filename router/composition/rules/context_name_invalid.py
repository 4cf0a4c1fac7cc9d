"""CONTEXT_NAME_INVALID: a context's name has letters and digits only; the supergraph joins names by underscores."""

from __future__ import annotations

import re
from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.specification import CONTEXT
from router.errors import CompositionIssue

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*", re.ASCII)


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for definition in facts.subgraph.types.values():
        for directive in definition.applications(CONTEXT):
            name = str(directive.value("name"))
            if _NAME.fullmatch(name):
                continue
            if "_" in name:
                message = f'Context name "{name}" may not contain an underscore.'
            else:
                message = f'Context name "{name}" is invalid. It should have only alphanumeric characters.'
            yield CompositionIssue("CONTEXT_NAME_INVALID", message, facts.name, directive.line)
