"""Merges the definitions of the subgraphs' own directives.

A composed directive is defined as its newest specification has it. An executable one may come in any operation and
reach any subgraph, so it is kept only where all define it, with the locations and arguments that all know.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.arguments import merge_input_value
from router.composition.merge.assembly import Assembly, InputSource
from router.composition.merge.descriptions import merge_descriptions
from router.composition.model import DirectiveDefinition, InputValue

EXECUTABLE_LOCATIONS = (
    "QUERY",
    "MUTATION",
    "SUBSCRIPTION",
    "FIELD",
    "FRAGMENT_DEFINITION",
    "FRAGMENT_SPREAD",
    "INLINE_FRAGMENT",
    "VARIABLE_DEFINITION",
)


def merge_directive_definitions(assembly: Assembly) -> Iterator[DirectiveDefinition]:
    composed = {directive.name: directive.definition for directive in assembly.composed}
    names = {name for facts in assembly.facts for name in facts.subgraph.directive_definitions}
    for name in sorted(names):
        if name in composed:
            yield composed[name]
        else:
            merged = _merge_executable(assembly, name)
            if merged is not None:
                yield merged


def _merge_executable(assembly: Assembly, name: str) -> DirectiveDefinition | None:
    definitions = []
    for facts in assembly.facts:
        definition = facts.subgraph.directive_definitions.get(name)
        if definition is None:
            return None
        definitions.append(definition)
    locations = tuple(
        location
        for location in EXECUTABLE_LOCATIONS
        if all(location in definition.locations for definition in definitions)
    )
    if not locations:
        return None
    return DirectiveDefinition(
        name=name,
        description=merge_descriptions(definitions),
        arguments=dict(_merge_arguments(assembly, name)),
        locations=locations,
        repeatable=all(definition.repeatable for definition in definitions),
    )


def _merge_arguments(assembly: Assembly, name: str) -> Iterator[tuple[str, InputValue]]:
    definitions = [facts.subgraph.directive_definitions[name] for facts in assembly.facts]
    for argument in definitions[0].arguments:
        if all(argument in definition.arguments for definition in definitions):
            sources = [
                InputSource(facts, definition.arguments[argument])
                for facts, definition in zip(assembly.facts, definitions, strict=True)
            ]
            yield argument, merge_input_value(assembly, argument, sources)
