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
    ListValueNode,
    NamedTypeNode,
    Node,
    ObjectTypeDefinitionNode,
    ObjectValueNode,
    SchemaDefinitionNode,
    StringValueNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    Visitor,
    visit,
)
from graphql.language.visitor import REMOVE, SKIP, VisitorAction

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


def find_machinery(document: DocumentNode) -> tuple[frozenset[str], frozenset[str]]:
    """Find the prefixes (`join` of `join__Graph`) and the names (`@tag`) of the features that `@link` brings in."""
    prefixes, names = set(ALWAYS_MACHINERY), set[str]()
    for definition in document.definitions:
        if not isinstance(definition, SchemaDefinitionNode):
            continue
        for directive in definition.directives:
            if directive.name.value not in {"link", "core"}:
                continue
            url = read_argument(directive, "url") or read_argument(directive, "feature") or ""
            feature = next((part for part in reversed(str(url).split("/")) if part and not _is_version(part)), "")
            prefix = str(read_argument(directive, "as") or feature)
            prefixes.add(prefix)
            names.add(f"@{prefix}")
            names.update(_imported_names(directive))
    return frozenset(prefixes), frozenset(names)


def _is_version(part: str) -> bool:
    return part[:1] == "v" and part[1:2].isdigit()


def _imported_names(directive: DirectiveNode) -> Iterable[str]:
    for argument in directive.arguments:
        if argument.name.value == "import" and isinstance(argument.value, ListValueNode):
            for item in argument.value.values:
                if isinstance(item, StringValueNode):
                    yield item.value
                elif isinstance(item, ObjectValueNode):
                    entries = {field.name.value: getattr(field.value, "value", "") for field in item.fields}
                    yield str(entries.get("as") or entries["name"])


def drop_machinery(document: DocumentNode) -> DocumentNode:
    """Leave out `@link`ed features: what remains is the graph itself, `@inaccessible` elements included."""
    prefixes, names = find_machinery(document)

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

    def __init__(self, hidden_types: frozenset[str]) -> None:
        super().__init__()
        self.hidden_types = hidden_types

    def enter(self, node: Node, *_: object) -> VisitorAction | Node:  # noqa: PLR0911 - one return a rule.
        if isinstance(node, DirectiveNode):
            return None if node.name.value in KEPT_DIRECTIVES else REMOVE
        if is_hidden(node):
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


def is_hidden(node: Node) -> bool:
    """Whether the element itself carries `@inaccessible`."""
    return any(directive.name.value == "inaccessible" for directive in getattr(node, "directives", None) or ())


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


def make_public(document: DocumentNode) -> DocumentNode:
    """Leave what clients may see of a document without machinery; types that lose everything are lost themselves."""
    hidden = frozenset(
        definition.name.value
        for definition in document.definitions
        if isinstance(definition, TypeDefinitionNode) and is_hidden(definition)
    )
    while True:
        public: DocumentNode = visit(document, _PublicView(hidden))
        emptied = {d.name.value for d in public.definitions if isinstance(d, TypeDefinitionNode) and _is_empty(d)}
        if not emptied:
            return public
        hidden |= emptied
