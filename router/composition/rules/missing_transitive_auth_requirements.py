"""MISSING_TRANSITIVE_AUTH_REQUIREMENTS: a field requires data whose access rules it does not demand itself.

The router fetches what @requires selects on its own account, so whoever may read the field reads that data through it.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import FieldNode, InlineFragmentNode, SelectionSetNode

from router.composition.field_set import field_set_of
from router.composition.merge import Assembly
from router.composition.model import Element, Supergraph
from router.composition.rules.selections import FieldSetUse, uses
from router.composition.specification import AUTHENTICATED, POLICY, REQUIRES, REQUIRES_SCOPES
from router.errors import CompositionIssue

_LISTS = {REQUIRES_SCOPES: "scopes", POLICY: "policies"}


def check_merged(assembly: Assembly, supergraph: Supergraph) -> Iterator[CompositionIssue]:
    for facts in assembly.facts:
        for use in uses(facts, REQUIRES):
            selections = field_set_of(use.directive)
            lacking = _first_lacking(supergraph, use, selections) if selections else None
            if lacking is not None:
                message = (
                    f'Field "{use.definition.name}.{use.field}" does not specify necessary @authenticated,'
                    f" @requiresScopes and/or @policy auth requirements to access the transitive {lacking} from"
                    " @requires selection set."
                )
                code = "MISSING_TRANSITIVE_AUTH_REQUIREMENTS"
                yield CompositionIssue(code, message, facts.name, use.directive.line)


def _first_lacking(supergraph: Supergraph, use: FieldSetUse, selections: SelectionSetNode) -> str | None:
    definition = supergraph.types[use.definition.name]
    assert use.field is not None, "@requires stands on fields."
    own: list[Element] = [definition, definition.fields[use.field]]
    for what, elements in _accessed(supergraph, use.parent, selections):
        if not all(_satisfies(own, element) for element in elements):
            return what
    return None


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
