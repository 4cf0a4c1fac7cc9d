"""OVERRIDE_LABEL_INVALID: a progressive override's label is a name, or `percent(x)` with x from 0 to 100."""

from __future__ import annotations

import re
from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.rules.override_uses import override_uses
from router.errors import CompositionIssue

_LABEL = re.compile(r"[a-zA-Z][a-zA-Z0-9_\-:./]*|percent\((\d{1,2}(\.\d{1,8})?|100)\)", re.ASCII)


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for use in override_uses(assembly):
        label = use.directive.value("label")
        if use.target is None or use.fault is not None or not label or _LABEL.fullmatch(label):
            continue
        message = (
            f'Invalid @override label "{label}" on field "{use.coordinate}" on subgraph "{use.source.facts.name}":'
            " labels must start with a letter and after that may contain alphanumerics, underscores, minuses, colons,"
            ' periods, or slashes. Alternatively, labels may be of the form "percent(x)" where x is a float between'
            " 0-100 inclusive."
        )
        yield use.issue("OVERRIDE_LABEL_INVALID", message)
