"""CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS: a subgraph insists on being given what another takes itself.

No client can give the argument, since it is left out of the supergraph where any subgraph takes it from a context.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.contexts import is_contextual
from router.composition.merge import Assembly
from router.composition.merge.assembly import FieldSource, resolving
from router.errors import CompositionIssue

_CODE = "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS"


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for _, _, sources in assembly.fields():
        real = resolving(sources)
        contextual = {
            name for source in real for name, argument in source.field.arguments.items() if is_contextual(argument)
        }
        for source in real if contextual else ():
            yield from _insisting(source, contextual)


def _insisting(source: FieldSource, contextual: set[str]) -> Iterator[CompositionIssue]:
    for name, argument in source.field.arguments.items():
        if name in contextual and argument.required and not is_contextual(argument):
            coordinate = f"{source.coordinate}({name}:)"
            message = (
                f'Argument "{coordinate}" is contextual in at least one subgraph but in "{coordinate}" it does not have'
                " @fromContext, is not nullable and has no default value."
            )
            yield CompositionIssue(_CODE, message, source.facts.name, argument.line)
