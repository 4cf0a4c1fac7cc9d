"""Merges arguments: only those which every subgraph that resolves the field knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from router.composition.merge.assembly import (
    Assembly,
    FieldSource,
    InputSource,
    argument_names,
    argument_sources,
)
from router.composition.merge.descriptions import merge_descriptions
from router.composition.merge.directives import merge_directives
from router.composition.merge.references import merge_input_type
from router.composition.model import InputValue, Literal


def merge_arguments(assembly: Assembly, sources: Sequence[FieldSource]) -> Mapping[str, InputValue]:
    by_name = {name: argument_sources(sources, name) for name in argument_names(sources)}
    return {
        name: merge_input_value(assembly, name, found) for name, found in by_name.items() if len(found) == len(sources)
    }


def merge_input_value(assembly: Assembly, name: str, sources: Sequence[InputSource]) -> InputValue:
    """Merge the definitions of one argument, or of one field of an input object."""
    values = [source.value for source in sources]
    return InputValue(
        name=name,
        description=merge_descriptions(values),
        type=merge_input_type(assembly, [value.type for value in values]),
        default=_merge_default(values),
        directives=merge_directives(assembly, values),
    )


def _merge_default(values: Sequence[InputValue]) -> Literal | None:
    """Return the default if all have it: what one subgraph insists on is not optional in the supergraph."""
    first = values[0].default
    return first if all(value.default == first for value in values) else None
