"""From the supergraph's document to the two documents that schemas are built from.

The full document drops only the federation's own machinery; the public one also drops what `@inaccessible` hides, and
every directive that only composition and the router read.
"""

from __future__ import annotations

from collections.abc import Iterable

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    Node,
    ObjectTypeDefinitionNode,
    StringValueNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    Visitor,
    visit,
)
from graphql.language.visitor import REMOVE, SKIP, VisitorAction

from router.supergraph.features import Feature

EXECUTABLE_LOCATIONS = {
    "QUERY",
    "MUTATION",
    "SUBSCRIPTION",
    "FIELD",
    "FRAGMENT_DEFINITION",
    "FRAGMENT_SPREAD",
    "INLINE_FRAGMENT",
    "VARIABLE_DEFINITION",
}
ALWAYS_MACHINERY = {"join", "link", "core"}
KEPT_DIRECTIVES = {"deprecated", "specifiedBy", "oneOf"}


def read_argument(directive: DirectiveNode, name: str) -> str | bool | None:
    """Read the value of a string, boolean or enum argument, None where it is absent."""
    for argument in directive.arguments:
        if argument.name.value == name:
            return getattr(argument.value, "value", None)
    return None


def drop_machinery(document: DocumentNode, features: Iterable[Feature]) -> DocumentNode:
    """Leave out `@link`ed features: what remains is the graph itself, `@inaccessible` elements included."""
    prefixes = ALWAYS_MACHINERY.union(feature.prefix for feature in features)
    names = frozenset(name for feature in features for name in (f"@{feature.prefix}", *feature.imports.values()))

    def is_machinery(name: str, *, directive: bool) -> bool:
        prefix, separator, _ = name.partition("__")
        return (bool(separator) and prefix in prefixes) or (f"@{name}" if directive else name) in names

    kept: list[DefinitionNode] = []
    for definition in document.definitions:
        if isinstance(definition, DirectiveDefinitionNode):
            locations = {location.value for location in definition.locations}
            if locations & EXECUTABLE_LOCATIONS and not is_machinery(definition.name.value, directive=True):
                kept.append(definition)
        elif isinstance(definition, TypeDefinitionNode):
            if not is_machinery(definition.name.value, directive=False):
                kept.append(definition)
        else:
            kept.append(definition)
    return DocumentNode(definitions=tuple(kept))


class _PublicView(Visitor):
    """Removes hidden elements, references to hidden types, and all directives but GraphQL's own."""

    def __init__(self, hiding: frozenset[str], hidden_types: frozenset[str]) -> None:
        super().__init__()
        self.hiding = hiding
        self.hidden_types = hidden_types

    def enter(self, node: Node, *_: object) -> VisitorAction | Node:  # noqa: PLR0911 - one return a rule.
        if isinstance(node, DirectiveNode):
            return None if node.name.value in KEPT_DIRECTIVES else REMOVE
        if is_hidden(node, self.hiding):
            return REMOVE
        if isinstance(node, TypeDefinitionNode) and node.name.value in self.hidden_types:
            return REMOVE
        if isinstance(node, NamedTypeNode):
            return REMOVE if node.name.value in self.hidden_types else None
        if isinstance(node, FieldDefinitionNode) and _named_type(node) in self.hidden_types:
            return REMOVE
        if isinstance(node, StringValueNode):
            return SKIP
        return None


def is_hidden(node: Node, hiding: frozenset[str]) -> bool:
    """Whether the element itself carries `@inaccessible`, which may have several names here."""
    return any(directive.name.value in hiding for directive in getattr(node, "directives", None) or ())


def _named_type(node: FieldDefinitionNode) -> str:
    inner: Node = node.type
    while not isinstance(inner, NamedTypeNode):
        inner = inner.type  # type: ignore[attr-defined]
    return inner.name.value


def _is_empty(definition: DefinitionNode) -> bool:
    match definition:
        case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode() | InputObjectTypeDefinitionNode():
            return not definition.fields
        case UnionTypeDefinitionNode():
            return not definition.types
        case EnumTypeDefinitionNode():
            return not definition.values
        case _:
            return False


def make_public(document: DocumentNode, hiding: frozenset[str]) -> DocumentNode:
    """Leave what clients may see of a document without machinery; types that lose everything are lost themselves.

    `hiding` is what `@inaccessible` is called in it.
    """
    hidden = frozenset(
        definition.name.value
        for definition in document.definitions
        if isinstance(definition, TypeDefinitionNode) and is_hidden(definition, hiding)
    )
    while True:
        public: DocumentNode = visit(document, _PublicView(hiding, hidden))
        emptied = {d.name.value for d in public.definitions if isinstance(d, TypeDefinitionNode) and _is_empty(d)}
        if not emptied:
            return public
        hidden |= emptied
