"""Spells Federation 1 subgraphs as Federation 2 would, so that no later stage knows the difference.

Federation 1 had owners and extensions of types, no @shareable, and ignored much that it did not understand. So: what it
ignored goes, keys of extensions are not external, and what several subgraphs resolve is marked @shareable. Each step is
a small function from subgraph to subgraph; `run` has them in order, and the order matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from graphql import FieldNode, InlineFragmentNode, SelectionNode, SelectionSetNode

from router.composition.facts import Facts, establish_facts
from router.composition.field_set import FieldSetWalk, field_set_of, print_field_set
from router.composition.field_set_faults import faults
from router.composition.model import (
    COMPOSITE,
    ROOTS,
    WITH_FIELDS,
    Directive,
    Element,
    Field,
    Kind,
    Subgraph,
    TypeDefinition,
)
from router.composition.specification import EXTENDS, EXTERNAL, KEY, PROVIDES, REQUIRES, SHAREABLE, TAG
from router.composition.values import string_literal

_WITH_FIELD_SET = (KEY, REQUIRES, PROVIDES)


def upgrade(subgraphs: Sequence[Subgraph]) -> list[Subgraph]:
    """Return the subgraphs with those of Federation 1 respelled."""
    if not any(subgraph.is_federation_1 for subgraph in subgraphs):
        return list(subgraphs)
    facts = [establish_facts(subgraph) for subgraph in subgraphs]
    return [_Upgrade(one, facts).run() if one.subgraph.is_federation_1 else one.subgraph for one in facts]


def only_extends(definition: TypeDefinition) -> bool:
    """Say whether Federation 1 takes a definition for an extension of another subgraph's type."""
    return definition.kind in WITH_FIELDS and (not definition.defined or definition.has(EXTENDS))


class _Upgrade:
    """The upgrade of one subgraph, which looks at what the others define."""

    def __init__(self, facts: Facts, everyone: Sequence[Facts]) -> None:
        self._original = facts
        self._others = [other for other in everyone if other is not facts]

    def run(self) -> Subgraph:
        subgraph = self._original.subgraph
        for step in (
            _coerce_field_sets,
            _drop_what_was_ignored,
            self._own_keys_of_extensions,
            _drop_inactive_field_sets,
            _end_extensions,
            _drop_unused_externals,
            self._share,
            self._drop_tags_on_external,
        ):
            subgraph = step(subgraph)
        return subgraph

    def _others_with(self, name: str) -> Iterator[tuple[Facts, TypeDefinition]]:
        for other in self._others:
            definition = other.subgraph.types.get(name)
            if definition is not None and definition.kind in WITH_FIELDS:
                yield other, definition

    def _own_keys_of_extensions(self, subgraph: Subgraph) -> Subgraph:
        def own(definition: TypeDefinition) -> TypeDefinition:
            if not only_extends(definition):
                return definition
            keys = definition.applications(KEY) or tuple(self._first_keys(definition.name))
            known = {name for key in keys for name in _top_fields(key)}
            return _map_fields(definition, lambda field: _without(field, EXTERNAL) if field.name in known else field)

        return _map_types(subgraph, own)

    def _first_keys(self, name: str) -> Iterator[Directive]:
        for _, definition in self._others_with(name):
            yield from definition.applications(KEY)[:1]

    def _share(self, subgraph: Subgraph) -> Subgraph:
        def share(definition: TypeDefinition) -> TypeDefinition:
            if definition.kind is not Kind.OBJECT or definition.name == "Subscription":
                return definition
            if definition.has(KEY) or definition.name in ROOTS:
                return _map_fields(definition, lambda field: self._share_field(definition, field))
            if any(True for _ in self._others_with(definition.name)):
                return _map_fields(definition, _shareable)
            return definition

        return _map_types(subgraph, share)

    def _share_field(self, definition: TypeDefinition, field: Field) -> Field:
        coordinate = (definition.name, field.name)
        if coordinate in self._original.shareable:
            return field
        resolved_elsewhere = any(
            field.name in other_definition.fields and not other.is_fully_external(coordinate)
            for other, other_definition in self._others_with(definition.name)
        )
        return _shareable(field) if resolved_elsewhere else field

    def _drop_tags_on_external(self, subgraph: Subgraph) -> Subgraph:
        def untag(definition: TypeDefinition) -> TypeDefinition:
            elsewhere = [
                tag
                for _, other in self._others_with(definition.name)
                for field in other.fields.values()
                if not field.has(EXTERNAL)
                for tag in field.applications(TAG)
            ]
            return _map_fields(
                definition,
                lambda field: (
                    replace(field, directives=tuple(one for one in field.directives if one not in elsewhere))
                    if field.has(EXTERNAL)
                    else field
                ),
            )

        return _map_types(subgraph, untag)


def _coerce_field_sets(subgraph: Subgraph) -> Subgraph:
    return _map_types(subgraph, lambda definition: _map_fields(_coerce(definition), _coerce_field))


def _coerce(definition: TypeDefinition) -> TypeDefinition:
    return replace(definition, directives=tuple(_coerce_directive(one) for one in definition.directives))


def _coerce_field(field: Field) -> Field:
    return replace(field, directives=tuple(_coerce_directive(one) for one in field.directives))


def _coerce_directive(directive: Directive) -> Directive:
    """Federation 1 took `fields: [a, b]` and `fields: a` for strings."""
    fields = directive.value("fields")
    if directive.name not in _WITH_FIELD_SET or fields is None:
        return directive
    if isinstance(fields, list) and all(isinstance(one, str) for one in fields):
        return _with_fields(directive, " ".join(fields))
    return _with_fields(directive, fields) if directive.arguments["fields"].kind == "enum" else directive


def _with_fields(directive: Directive, fields: str) -> Directive:
    return replace(directive, arguments={**directive.arguments, "fields": string_literal(fields)})


def _drop_what_was_ignored(subgraph: Subgraph) -> Subgraph:
    def drop(definition: TypeDefinition) -> TypeDefinition:
        if definition.kind is Kind.INTERFACE:
            plain = replace(definition, directives=_others_than(definition, KEY))
            return _map_fields(plain, lambda field: _without(field, EXTERNAL, PROVIDES, REQUIRES))
        plain = replace(definition, directives=_others_than(definition, EXTERNAL))
        return _map_fields(
            plain,
            lambda field: field if subgraph.kind(field.type.name) in COMPOSITE else _without(field, PROVIDES),
        )

    return _map_types(subgraph, drop)


def _drop_inactive_field_sets(subgraph: Subgraph) -> Subgraph:
    """Drop requirements and provisions of what is not external: they say nothing, and would mislead the planner."""
    walk = FieldSetWalk(subgraph.types)

    def active(parent: str, directive: Directive) -> Directive | None:
        selections = field_set_of(directive)
        if selections is None or any(True for _ in faults(subgraph.types, walk, parent, selections)):
            return directive  # The rules will say what is wrong with it.
        kept = _external_part(subgraph, walk, parent, selections)
        if kept is None:
            return None
        return directive if kept == selections else _with_fields(directive, print_field_set(kept))

    def check(definition: TypeDefinition, field: Field) -> Field:
        parents = {REQUIRES: definition.name, PROVIDES: field.type.name}
        kept = (
            active(parents[directive.name], directive) if directive.name in parents else directive
            for directive in field.directives
        )
        return replace(field, directives=tuple(directive for directive in kept if directive is not None))

    return _map_types(subgraph, lambda definition: _map_fields(definition, lambda field: check(definition, field)))


def _external_part(
    subgraph: Subgraph, walk: FieldSetWalk, parent: str, selections: SelectionSetNode
) -> SelectionSetNode | None:
    kept: list[SelectionNode] = []
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            inner = _external_field_part(subgraph, walk, parent, selection)
        else:
            assert isinstance(selection, InlineFragmentNode), "Field sets have no named fragments."
            condition = selection.type_condition.name.value if selection.type_condition else parent
            part = _external_part(subgraph, walk, condition, selection.selection_set)
            inner = None if part is None else _with_selections(selection, part)
        if inner is not None:
            kept.append(inner)
    return SelectionSetNode(selections=tuple(kept)) if kept else None


def _external_field_part(subgraph: Subgraph, walk: FieldSetWalk, parent: str, node: FieldNode) -> SelectionNode | None:
    definition = subgraph.types.get(parent)
    field = definition.fields.get(node.name.value) if definition else None
    if field is None:
        return node  # Whatever is wrong with it, the rules will say.
    for name in (parent, *walk.possible_types(parent)):
        implementation = subgraph.types[name].fields.get(field.name)
        if implementation is not None and implementation.has(EXTERNAL):
            return node
    if node.selection_set is None:
        return None
    part = _external_part(subgraph, walk, field.type.name, node.selection_set)
    return None if part is None else _with_selections(node, part)


def _with_selections(node: FieldNode | InlineFragmentNode, selections: SelectionSetNode) -> SelectionNode:
    return type(node)(**{key: getattr(node, key) for key in node.keys} | {"selection_set": selections})


def _end_extensions(subgraph: Subgraph) -> Subgraph:
    def end(definition: TypeDefinition) -> TypeDefinition:
        if not only_extends(definition):
            return definition
        directives = (replace(one, on_extension=False) for one in definition.directives)
        return replace(definition, directives=tuple(directives), defined=True)

    return _map_types(subgraph, end)


def _drop_unused_externals(subgraph: Subgraph) -> Subgraph:
    facts = establish_facts(subgraph)
    unused = facts.external - facts.used
    trimmed = _map_types(
        subgraph,
        lambda definition: replace(
            definition,
            fields={name: field for name, field in definition.fields.items() if (definition.name, name) not in unused},
        ),
    )
    # A type which had nothing else leaves with its fields, unless something refers to it: that is an error.
    referred = set(_referred(trimmed))
    emptied = {name for name, _ in unused if not trimmed.types[name].fields and name not in referred}
    return replace(trimmed, types={name: one for name, one in trimmed.types.items() if name not in emptied})


def _referred(subgraph: Subgraph) -> Iterator[str]:
    yield from ROOTS
    for definition in subgraph.types.values():
        yield from definition.interfaces
        yield from definition.members
        for field in definition.fields.values():
            yield field.type.name


def _top_fields(key: Directive) -> Iterator[str]:
    selections = field_set_of(key)
    for selection in selections.selections if selections else ():
        if isinstance(selection, FieldNode):
            yield selection.name.value


def _map_types(subgraph: Subgraph, change: Callable[[TypeDefinition], TypeDefinition]) -> Subgraph:
    return replace(subgraph, types={name: change(definition) for name, definition in subgraph.types.items()})


def _map_fields(definition: TypeDefinition, change: Callable[[Field], Field]) -> TypeDefinition:
    fields: Mapping[str, Field] = {name: change(field) for name, field in definition.fields.items()}
    return replace(definition, fields=fields)


def _others_than(element: Element, *names: str) -> tuple[Directive, ...]:
    return tuple(directive for directive in element.directives if directive.name not in names)


def _without(field: Field, *names: str) -> Field:
    return replace(field, directives=_others_than(field, *names))


def _shareable(field: Field) -> Field:
    return field if field.has(SHAREABLE) else replace(field, directives=(*field.directives, Directive(SHAREABLE)))
