"""MISSING_TRANSITIVE_AUTH_REQUIREMENTS: a field requires data whose access rules it does not demand itself.

The router fetches what @requires and @fromContext select on its own account, so whoever may read the field reads that
data through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graphql import FieldNode, InlineFragmentNode, SelectionSetNode

from router.composition.contexts import ContextualArgument, context_setters, contextual_arguments
from router.composition.facts import Facts
from router.composition.field_set import Coordinate, field_set_of
from router.composition.merge import Assembly
from router.composition.model import Directive, Element, Supergraph
from router.composition.rules.selections import uses
from router.composition.specification import AUTHENTICATED, POLICY, REQUIRES, REQUIRES_SCOPES
from router.errors import CompositionIssue

_LISTS = {REQUIRES_SCOPES: "scopes", POLICY: "policies"}


def check_merged(assembly: Assembly, supergraph: Supergraph) -> Iterator[CompositionIssue]:
    for facts in assembly.facts:
        for use in uses(facts, REQUIRES):
            assert use.field is not None, "@requires stands on fields."
            selections = field_set_of(use.directive)
            accessed = _accessed(supergraph, use.parent, selections) if selections else ()
            yield from _lacking(supergraph, facts, (use.definition.name, use.field), use.directive, accessed)
        setters = context_setters(facts.subgraph)
        for taken in contextual_arguments(facts.subgraph):
            for setter in setters.get(taken.context or "", ()):
                reached = _accessed_by_context(supergraph, setter.name, taken)
                place = (taken.definition.name, taken.field.name)
                yield from _lacking(supergraph, facts, place, taken.directive, reached)


def _lacking(
    supergraph: Supergraph,
    facts: Facts,
    place: Coordinate,
    directive: Directive,
    accessed: Iterable[tuple[str, list[Element]]],
) -> Iterator[CompositionIssue]:
    """Report the first thing that a field reads without asking for what it asks for."""
    definition = supergraph.types[place[0]]
    own: list[Element] = [definition, definition.fields[place[1]]]
    for what, elements in accessed:
        if not all(_satisfies(own, element) for element in elements):
            message = (
                f'Field "{place[0]}.{place[1]}" does not specify necessary @authenticated,'
                f" @requiresScopes and/or @policy auth requirements to access the transitive {what} from"
                f" {directive.name} selection set."
            )
            yield CompositionIssue("MISSING_TRANSITIVE_AUTH_REQUIREMENTS", message, facts.name, directive.line)
            return


def _accessed_by_context(
    supergraph: Supergraph, setter: str, taken: ContextualArgument
) -> Iterator[tuple[str, list[Element]]]:
    yield f'data in context "{taken.context}"', [supergraph.types[setter]]
    selections = taken.selections()
    if selections is not None:
        yield from _accessed(supergraph, setter, selections)


def _accessed(supergraph: Supergraph, parent: str, selections: SelectionSetNode) -> Iterator[tuple[str, list[Element]]]:
    """Yield everything whose rules apply to a selection, with its name for the message."""
    definition = supergraph.types.get(parent)
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            field = definition.fields.get(selection.name.value) if definition else None
            if field is None:
                continue
            value_type = supergraph.types.get(field.type.name)
            yield f'field "{parent}.{field.name}" data', [field, *([value_type] if value_type else [])]
            if selection.selection_set:
                yield from _accessed(supergraph, field.type.name, selection.selection_set)
        elif isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition.name.value if selection.type_condition else parent
            narrowed = supergraph.types.get(condition)
            if narrowed is not None and condition != parent:
                yield f'data in inline fragment type condition "{condition}"', [narrowed]
            yield from _accessed(supergraph, condition, selection.selection_set)


def _satisfies(own: list[Element], element: Element) -> bool:
    if element.has(AUTHENTICATED) and not any(one.has(AUTHENTICATED) for one in own):
        return False
    for name, argument in _LISTS.items():
        for directive in element.applications(name):
            demanded = [frozenset(option) for option in directive.value(argument)]
            if not _implies(_alternatives(own, name, argument), demanded):
                return False
    return True


def _alternatives(own: list[Element], name: str, argument: str) -> list[frozenset[str]]:
    """Conjoin the type's and the field's conditions: each alternative is one sufficient set of scopes or policies."""
    result: list[frozenset[str]] = [frozenset()]
    for element in own:
        for directive in element.applications(name):
            options = [frozenset(option) for option in directive.value(argument)]
            result = [left | right for left in result for right in options]
    return result


def _implies(has: list[frozenset[str]], demanded: list[frozenset[str]]) -> bool:
    return all(any(option <= one for option in demanded) for one in has)
