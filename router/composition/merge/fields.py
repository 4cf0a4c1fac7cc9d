"""Merges the fields of objects and interfaces, and says by join__field what each subgraph makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from router.composition.contexts import takes_from_context
from router.composition.merge.arguments import merge_arguments
from router.composition.merge.assembly import Assembly, FieldSource, resolving
from router.composition.merge.descriptions import merge_descriptions
from router.composition.merge.directives import merge_directives
from router.composition.merge.joins import join_field
from router.composition.merge.overrides import NOT_OVERRIDDEN, Override, plan_overrides
from router.composition.merge.references import merge_output_type
from router.composition.model import Directive, Field
from router.composition.specification import PROVIDES, REQUIRES


def merge_field(assembly: Assembly, type_name: str, name: str) -> Field:
    sources = assembly.field_sources(type_name, name)
    real = resolving(sources)
    overrides = plan_overrides(sources)
    types = [source.field.type for source in real]
    show_type = any(one != types[0] for one in types)
    joins = _joins(sources, overrides, len(assembly.sources(type_name)), show_type=show_type)
    fields = [source.field for source in real]
    return Field(
        name=name,
        description=merge_descriptions(fields),
        type=merge_output_type(assembly, types),
        arguments=merge_arguments(assembly, real),
        directives=joins + merge_directives(assembly, fields),
    )


def _joins(
    sources: Sequence[FieldSource], overrides: Mapping[str, Override], definers: int, *, show_type: bool
) -> tuple[Directive, ...]:
    left = [source for source in sources if not overrides.get(source.facts.name, NOT_OVERRIDDEN).is_gone]
    plain = (
        len(left) == definers
        and not show_type
        and not any(override.is_used or override.label for override in overrides.values())
        and not any(source.is_external or source.field.has(REQUIRES) or source.field.has(PROVIDES) for source in left)
        and not any(takes_from_context(source.field) for source in left)
    )
    if plain:
        return ()
    return tuple(
        join_field(source, overrides.get(source.facts.name, NOT_OVERRIDDEN), show_type=show_type) for source in left
    )
