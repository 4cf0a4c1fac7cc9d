"""KEY_DIRECTIVE_IN_FIELDS_ARG and its kin for requires and provides: a directive inside a field set."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import InlineFragmentNode, SelectionSetNode, print_ast

from router.composition.facts import Facts
from router.composition.field_set import field_set_of
from router.composition.rules.selections import uses
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for use in uses(facts):
        for found in _directives(field_set_of(use.directive)):
            message = (
                f"{use}: cannot have directive applications in the {use.directive.name}(fields:) argument"
                f" but found {found}."
            )
            code = f"{use.prefix}_DIRECTIVE_IN_FIELDS_ARG"
            yield CompositionIssue(code, message, facts.name, use.directive.line)


def _directives(selections: SelectionSetNode | None) -> Iterator[str]:
    for selection in selections.selections if selections else ():
        if selection.directives:
            yield ", ".join(print_ast(directive) for directive in selection.directives)
        if isinstance(selection, InlineFragmentNode):
            yield from _directives(selection.selection_set)
        else:
            yield from _directives(getattr(selection, "selection_set", None))
