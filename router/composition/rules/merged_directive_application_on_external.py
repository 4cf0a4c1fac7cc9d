"""MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL: a directive for the supergraph on a field of which nothing gets there."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.printing import print_directive
from router.composition.specification import MERGED_DIRECTIVES
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    merged = MERGED_DIRECTIVES | {directive.name for directive in assembly.composed}
    for _, _, sources in assembly.fields():
        if all(source.is_external for source in sources):
            continue
        for source in sources:
            for directive in source.field.directives if source.is_external else ():
                if directive.name in merged:
                    message = (
                        f"Cannot apply merged directive {print_directive(directive)} to external field"
                        f' "{source.coordinate}"'
                    )
                    code = "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL"
                    yield CompositionIssue(code, message, source.facts.name, directive.line)
