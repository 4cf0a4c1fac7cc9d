"""Makes the directives of the join specification, which say what came from which subgraph.

https://specs.apollo.dev/join/v0.3, v0.4 where a progressive override needs its label, and v0.5 where a value is taken
from a context.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.contexts import contextual_arguments_of, qualified
from router.composition.field_set import field_set_of, print_field_set
from router.composition.merge.assembly import FieldSource, TypeSource
from router.composition.merge.overrides import Override
from router.composition.model import Directive, Literal
from router.composition.specification import EXTENDS, KEY, OVERRIDE, PROVIDES, REQUIRES
from router.composition.values import boolean_literal, enum_literal, list_literal, object_literal, string_literal

JOIN_TYPE = "join__type"
JOIN_FIELD = "join__field"
JOIN_IMPLEMENTS = "join__implements"
JOIN_UNION_MEMBER = "join__unionMember"
JOIN_ENUM_VALUE = "join__enumValue"


def join(name: str, graph: str | None, **arguments: Literal | None) -> Directive:
    """Make an application; arguments that are None are left out."""
    given = {"graph": None if graph is None else enum_literal(graph), **arguments}
    return Directive(name, {argument: value for argument, value in given.items() if value is not None})


def join_types(source: TypeSource) -> Iterator[Directive]:
    """Yield one for each key of the type, or one alone where it has none."""
    graph = source.facts.subgraph.graph
    is_interface_object = _flag(source.facts.is_interface_object(source.definition.name))
    keys = source.definition.applications(KEY)
    if not keys:
        yield join(JOIN_TYPE, graph, isInterfaceObject=is_interface_object)
    for key in keys:
        yield join(
            JOIN_TYPE,
            graph,
            key=_field_set(key),
            extension=_flag(key.on_extension or source.definition.has(EXTENDS)),
            resolvable=boolean_literal(False) if key.value("resolvable") is False else None,
            isInterfaceObject=is_interface_object,
        )


def join_field(source: FieldSource, override: Override, *, show_type: bool) -> Directive:
    """Make the one of a field for one subgraph."""
    applied = {name: source.field.applications(name) for name in (REQUIRES, PROVIDES, OVERRIDE)}
    return join(
        JOIN_FIELD,
        source.facts.subgraph.graph,
        requires=_field_set(applied[REQUIRES][0]) if applied[REQUIRES] else None,
        provides=_field_set(applied[PROVIDES][0]) if applied[PROVIDES] else None,
        type=string_literal(str(source.field.type)) if show_type else None,
        external=_flag(source.is_external),
        override=applied[OVERRIDE][0].arguments.get("from") if applied[OVERRIDE] else None,
        usedOverridden=_flag(override.is_used),
        overrideLabel=None if override.label is None else string_literal(override.label),
        contextArguments=_context_arguments(source),
    )


def _context_arguments(source: FieldSource) -> Literal | None:
    uses = [
        object_literal(
            {
                "context": string_literal(qualified(source.facts.subgraph, use.context or "")),
                "name": string_literal(use.argument.name),
                "type": string_literal(str(use.argument.type)),
                "selection": string_literal(use.selection or ""),
            }
        )
        for use in contextual_arguments_of(source.definition, source.field)
    ]
    return list_literal(uses) if uses else None


def _flag(flag: bool) -> Literal | None:
    return boolean_literal(True) if flag else None


def _field_set(directive: Directive) -> Literal | None:
    selections = field_set_of(directive)
    return None if selections is None else string_literal(print_field_set(selections))
