"""EMPTY_MERGED_ENUM_TYPE: no value of an enum that clients send is known to all subgraphs that have the type."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.merge.enums import Usage, enum_usage, merge_enum
from router.composition.model import Kind
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for name in assembly.of_kind(Kind.ENUM):
        # Where the enum is returned as well, each value that is missing somewhere is a mismatch of its own.
        if enum_usage(assembly, name) is not Usage.BOTH and not merge_enum(assembly, name).values:
            message = (
                f'None of the values of enum type "{name}" are defined consistently in all the subgraphs defining that'
                " type. As only values common to all subgraphs are merged, this would result in an empty type."
            )
            first = assembly.sources(name)[0]
            yield CompositionIssue("EMPTY_MERGED_ENUM_TYPE", message, first.facts.name, first.definition.line)
