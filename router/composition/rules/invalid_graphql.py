"""INVALID_GRAPHQL: a subgraph's schema is not valid GraphQL, even with the federation directives defined.

Extensions of types that other subgraphs define count as definitions here, and a schema needs no query of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    GraphQLError,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    ScalarTypeExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
    build_ast_schema,
    parse,
    validate_schema,
)
from graphql.validation.validate import validate_sdl

from router.composition.links import federation_version
from router.composition.rules.subgraph_document import SubgraphDocument
from router.composition.rules.wrong_values import wrong_values
from router.composition.specification import FEDERATION_1, KEY, LINK, PROVIDES, REQUIRES, TYPES, directives_since
from router.errors import CompositionIssue

_DEFINITION_OF: dict[type[TypeExtensionNode], type[TypeDefinitionNode]] = {
    ScalarTypeExtensionNode: ScalarTypeDefinitionNode,
    ObjectTypeExtensionNode: ObjectTypeDefinitionNode,
    InterfaceTypeExtensionNode: InterfaceTypeDefinitionNode,
    UnionTypeExtensionNode: UnionTypeDefinitionNode,
    EnumTypeExtensionNode: EnumTypeDefinitionNode,
    InputObjectTypeExtensionNode: InputObjectTypeDefinitionNode,
}
_CHECKED_ELSEWHERE = frozenset({KEY, REQUIRES, PROVIDES, LINK})
_ALLOWED = ("Query root type must be provided.", "Type Query must define one or more fields.")


def check_document(document: SubgraphDocument) -> Iterator[CompositionIssue]:
    complete = _complete(document)
    errors = validate_sdl(complete) or _schema_errors(document, complete)
    for error in errors:
        if error.message not in _ALLOWED:
            yield _issue(document, error)


def check_supergraph(sdl: str) -> Iterator[CompositionIssue]:
    """Check the supergraph itself: what its directives say must fit their merged definitions."""
    document = parse(sdl)
    for error in validate_sdl(document) or validate_schema(build_ast_schema(document, assume_valid_sdl=True)):
        yield CompositionIssue("INVALID_GRAPHQL", f"The merged schema is not valid: {error.message}")


def _schema_errors(document: SubgraphDocument, complete: DocumentNode) -> list[GraphQLError]:
    try:
        schema = build_ast_schema(complete, assume_valid_sdl=True)
    except (GraphQLError, TypeError) as error:
        return [error if isinstance(error, GraphQLError) else GraphQLError(str(error))]
    exempt = frozenset(name for name, canonical in document.names.directives.items() if canonical in _CHECKED_ELSEWHERE)
    return [*validate_schema(schema), *wrong_values(schema, complete, exempt)]


def _issue(document: SubgraphDocument, error: GraphQLError) -> CompositionIssue:
    lines = [location.line for location in error.locations or ()]
    return CompositionIssue("INVALID_GRAPHQL", error.message, document.name, lines[0] if lines else None)


def _complete(document: SubgraphDocument) -> DocumentNode:
    """Add what the specifications define, and turn lone extensions into definitions."""
    own = [node for node in _with_bases(document.document) if not _takes_anything(document, node)]
    defined = {f"@{node.name.value}" for node in own if isinstance(node, DirectiveDefinitionNode)}
    defined |= {node.name.value for node in own if isinstance(node, TypeDefinitionNode)}
    added = [node for text in _machinery(document, defined) for node in parse(text, no_location=True).definitions]
    return DocumentNode(definitions=(*own, *added), loc=document.document.loc)


def _takes_anything(document: SubgraphDocument, node: DefinitionNode) -> bool:
    """Whether a definition leaves the arguments unsaid, as those of Federation 1's servers did; others are refused."""
    return (
        isinstance(node, DirectiveDefinitionNode)
        and not node.arguments
        and document.names.canonical(node.name.value) in directives_since(FEDERATION_1)
    )


def _with_bases(document: DocumentNode) -> Iterator[DefinitionNode]:
    defined = {node.name.value for node in document.definitions if isinstance(node, TypeDefinitionNode)}
    for node in document.definitions:
        if isinstance(node, TypeExtensionNode) and node.name.value not in defined:
            defined.add(node.name.value)
            made = _DEFINITION_OF[type(node)]
            yield made(**{key: getattr(node, key) for key in node.keys})
        else:
            yield node


def _machinery(document: SubgraphDocument, defined: set[str]) -> Iterator[str]:
    names = document.names
    federation_1 = federation_version(document.links) == FEDERATION_1
    types = {original: name for name, original in names.types.items() if name in defined or not federation_1}
    types.setdefault("FieldSet", "federation__FieldSet")
    for spec in directives_since(federation_version(document.links)).values():
        for name, canonical in names.directives.items():
            if canonical == spec.name and f"@{name}" not in defined:
                body = spec.definition
                for original in TYPES:
                    body = _renamed(body, original, types.get(original, f"federation__{original}"))
                yield f"directive @{name}{body}"
    for original in TYPES:
        name = types.get(original, f"federation__{original}")
        if name not in defined:
            yield f"scalar {name}"
    yield from _link_machinery(document, defined)


def _link_machinery(document: SubgraphDocument, defined: set[str]) -> Iterator[str]:
    for name, canonical in document.names.directives.items():
        if canonical == LINK and f"@{name}" not in defined:
            yield (
                f"directive @{name}(url: String, as: String, for: composition__Purpose, import: [composition__Import])"
                " repeatable on SCHEMA"
            )
            yield "scalar composition__Import"
            yield "enum composition__Purpose { SECURITY EXECUTION }"


def _renamed(body: str, original: str, name: str) -> str:
    return re.sub(rf"\b{original}\b", name, body)
