"""EMPTY_MERGED_INPUT_TYPE: no field of an input object is known to all subgraphs that have the type."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.merge.inputs import merge_input
from router.composition.model import Kind
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for name in assembly.of_kind(Kind.INPUT):
        if not merge_input(assembly, name).inputs:
            message = (
                f'None of the fields of input object type "{name}" are consistently defined in all the subgraphs'
                " defining that type. As only fields common to all subgraphs are merged, this would result in an empty"
                " type."
            )
            first = assembly.sources(name)[0]
            yield CompositionIssue("EMPTY_MERGED_INPUT_TYPE", message, first.facts.name, first.definition.line)
