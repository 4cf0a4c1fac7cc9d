"""DIRECTIVE_DEFINITION_INVALID: a subgraph defines a federation directive otherwise than the specification does.

It may leave out optional arguments and locations, and call the scalars what it likes.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import DirectiveDefinitionNode, InputValueDefinitionNode, parse, print_ast

from router.composition.links import federation_version
from router.composition.rules.subgraph_document import SubgraphDocument
from router.composition.specification import (
    FEDERATION_1,
    FEDERATION_2_BY_NAME,
    TYPES,
    DirectiveSpecification,
    directives_since,
)
from router.composition.type_reference import TypeReference, type_reference
from router.errors import CompositionIssue

_SCALARS = frozenset(TYPES)


def check_document(document: SubgraphDocument) -> Iterator[CompositionIssue]:
    specs = directives_since(max(federation_version(document.links), FEDERATION_2_BY_NAME))
    for node in document.document.definitions:
        if isinstance(node, DirectiveDefinitionNode):
            spec = specs.get(document.names.canonical(node.name.value))
            for fault in _faults(document, node, spec) if spec else ():
                message = f'Invalid definition for directive "@{node.name.value}": {fault}'
                yield document.issue("DIRECTIVE_DEFINITION_INVALID", message, node)


def _faults(document: SubgraphDocument, node: DirectiveDefinitionNode, spec: DirectiveSpecification) -> Iterator[str]:
    wanted = _definition(spec)
    # Federation 1 servers defined their directives without arguments, for they took any.
    takes_any = federation_version(document.links) == FEDERATION_1 and spec.since == FEDERATION_1
    expected = {argument.name.value: argument for argument in wanted.arguments}
    given = {argument.name.value: argument for argument in node.arguments}
    for name, argument in expected.items():
        if name in given:
            yield from _argument_faults(document, given[name], argument)
        elif type_reference(argument.type).non_null and (given or not takes_any):
            yield f'missing required argument "{name}"'
    for name in given:
        if name not in expected:
            yield f'unknown/unsupported argument "{name}"'
    if node.repeatable and not wanted.repeatable:
        yield f'"@{node.name.value}" should not be repeatable'
    allowed = [location.value for location in wanted.locations]
    strange = [location.value for location in node.locations if location.value not in allowed]
    if strange:
        yield (
            f'"@{node.name.value}" should have locations {", ".join(allowed)}, but found (non-subset)'
            f" {', '.join(strange)}"
        )


def _definition(spec: DirectiveSpecification) -> DirectiveDefinitionNode:
    node = parse(f"directive {spec.name}{spec.definition}", no_location=True).definitions[0]
    assert isinstance(node, DirectiveDefinitionNode), "A specification defines a directive."
    return node


def _argument_faults(
    document: SubgraphDocument, given: InputValueDefinitionNode, wanted: InputValueDefinitionNode
) -> Iterator[str]:
    has, needs = type_reference(given.type), type_reference(wanted.type)
    is_looser = needs.non_null and not has.non_null and federation_version(document.links) != FEDERATION_1
    if is_looser or not _same_type(document, has, needs):
        yield f'argument "{given.name.value}" should have type "{needs}" but found type "{has}"'
    elif wanted.default_value is not None and not (has.non_null and given.default_value is None):
        found = "null" if given.default_value is None else print_ast(given.default_value)
        default = print_ast(wanted.default_value)
        if found != default:
            yield f'argument "{given.name.value}" should have default value {default} but found default value {found}'


def _same_type(document: SubgraphDocument, has: TypeReference, needs: TypeReference) -> bool:
    if needs.name not in _SCALARS:
        return str(has.nullable) == str(needs.nullable)
    # Old libraries define `fields` as a String, or as one scalar or another; those of Federation 1 as a nullable one.
    scalar_like = has.name == "String" or document.names.is_machinery_type(has.name)
    if needs.name == "FieldSet":
        # Federation 1 servers took lists of strings too, and defined the directive so.
        return scalar_like
    return scalar_like and str(has).replace(has.name, needs.name) == str(needs)
