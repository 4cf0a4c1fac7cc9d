"""CONTEXT_NOT_SET: @fromContext names a context that no type of the subgraph sets, or stands where none can be."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.contexts import ContextualArgument, context_setters, contextual_arguments, is_contextual
from router.composition.facts import Facts
from router.composition.model import Kind
from router.errors import CompositionIssue

_CODE = "CONTEXT_NOT_SET"


def check(facts: Facts) -> Iterator[CompositionIssue]:
    yield from _on_directives(facts)
    setters = context_setters(facts.subgraph)
    for use in contextual_arguments(facts.subgraph):
        faults = [*_misplaced(facts, use)]
        if use.definition.kind is Kind.OBJECT and use.context and use.selection and use.context not in setters:
            faults.append(f'Context "{use.context}" is used at location "{use.coordinate}" but is never set.')
        for fault in faults:
            yield CompositionIssue(_CODE, fault, facts.name, use.directive.line)


def _on_directives(facts: Facts) -> Iterator[CompositionIssue]:
    for definition in facts.subgraph.directive_definitions.values():
        for argument in definition.arguments.values():
            if is_contextual(argument):
                message = (
                    "@fromContext argument cannot be used on a directive definition"
                    f' "@{definition.name}({argument.name}:)".'
                )
                yield CompositionIssue(_CODE, message, facts.name, argument.line)


def _misplaced(facts: Facts, use: ContextualArgument) -> Iterator[str]:
    if use.definition.kind is not Kind.OBJECT:
        yield f'@fromContext argument cannot be used on a field that exists on an abstract type "{use.coordinate}".'
        return
    for interface in use.definition.interfaces:
        implemented = facts.subgraph.types.get(interface)
        if implemented is not None and use.field.name in implemented.fields:
            yield (
                "@fromContext argument cannot be used on a field implementing an interface field"
                f' "{interface}.{use.field.name}".'
            )
    if use.argument.default is not None:
        yield f'@fromContext arguments may not have a default value: "{use.coordinate}".'
