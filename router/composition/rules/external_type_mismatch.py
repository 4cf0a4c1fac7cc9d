"""EXTERNAL_TYPE_MISMATCH: an external field is declared with a type that the resolving subgraphs do not return."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.merge.references import merge_output_type
from router.composition.rules.external_fields import external_fields
from router.composition.rules.wording import disagreement
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for one in external_fields(assembly):
        types = [source.field.type for source in one.real]
        merged = merge_output_type(assembly, types)
        # A subtype is only tolerated where the resolving subgraphs differ among themselves.
        differ = any(reference != types[0] for reference in types)
        for source in one.external:
            own = source.field.type
            if own == merged or (differ and assembly.is_subtype(own, merged)):
                continue
            has = disagreement((other.facts.name, f'type "{other.field.type}"') for other in one.sources)
            message = (
                f'Type of field "{one.coordinate}" is incompatible across subgraphs (where marked @external):'
                f" it has {has}"
            )
            yield CompositionIssue("EXTERNAL_TYPE_MISMATCH", message, source.facts.name, source.field.line)
            break
