"""Reads a subgraph's SDL: names made canonical, extensions folded in, federation's own machinery left out.

Every subgraph gets a Query type even where it has no fields: `_entities` and `_service` live there at run time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from graphql import (
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    Node,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    StringValueNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
    specified_scalar_types,
)

from router.composition.composed_directives import requested
from router.composition.links import Names, federation_version, read_links, read_names, schema_directives
from router.composition.model import (
    Directive,
    DirectiveDefinition,
    Element,
    EnumValue,
    Field,
    InputValue,
    Kind,
    Link,
    Subgraph,
    TypeDefinition,
)
from router.composition.specification import DEPRECATED, MACHINERY_FIELDS, SHAREABLE, SPECIFIED_BY
from router.composition.type_reference import type_reference
from router.composition.values import literal

_KINDS = {"scalar": Kind.SCALAR, "object": Kind.OBJECT, "interface": Kind.INTERFACE} | {
    "union": Kind.UNION,
    "enum": Kind.ENUM,
    "input": Kind.INPUT,
}

_E = TypeVar("_E", bound=Element)


def read_subgraph(name: str, graph: str, url: str, document: DocumentNode) -> Subgraph:
    """Read a document that is already known to be a valid schema."""
    links = read_links(document)
    return _SubgraphReader(document, read_names(document, links), links).read(name, graph, url)


class _SubgraphReader:
    """Folds the definitions of one document together."""

    def __init__(self, document: DocumentNode, names: Names, links: tuple[Link, ...]) -> None:
        self._document = document
        self._names = names
        self._links = links
        self._renames = dict(_root_renames(document))
        self._kept = frozenset({DEPRECATED, SPECIFIED_BY})
        self._schema_directives = self._directives(schema_directives(document))
        self._kept |= frozenset(requested(self._schema_directives))

    def read(self, name: str, graph: str, url: str) -> Subgraph:
        types: dict[str, TypeDefinition] = {}
        for node in self._document.definitions:
            if not isinstance(node, TypeDefinitionNode | TypeExtensionNode):
                continue
            if self._names.is_machinery_type(node.name.value) or node.name.value in specified_scalar_types:
                continue
            definition = self._type(node)
            earlier = types.get(definition.name)
            types[definition.name] = definition if earlier is None else _fold(earlier, definition)
        types.setdefault("Query", TypeDefinition(name="Query", kind=Kind.OBJECT))
        return Subgraph(
            name,
            graph,
            url,
            federation_version(self._links),
            types,
            dict(self._directive_definitions()),
            self._links,
            self._schema_directives,
        )

    def _type(self, node: TypeDefinitionNode | TypeExtensionNode) -> TypeDefinition:
        name = self._renames.get(node.name.value, node.name.value)
        extension = isinstance(node, TypeExtensionNode)
        directives = self._directives(node.directives, on_extension=extension)
        # @shareable on a type is about the fields in the same braces only, so it is handed down before folding.
        shared = tuple(directive for directive in directives if directive.name == SHAREABLE)
        return TypeDefinition(
            name=name,
            kind=_KINDS[node.kind.split("_")[0]],
            description=None if isinstance(node, TypeExtensionNode) else _description(node.description),
            directives=directives,
            line=_line(node),
            interfaces=_interfaces(node),
            fields=_by_name(self._fields(node, shared)),
            inputs=_by_name(self._inputs(node)),
            values=_by_name(self._values(node)),
            members=_members(node),
            defined=not extension,
        )

    def _fields(self, node: Node, shared: tuple[Directive, ...]) -> Iterator[Field]:
        match node:
            case (
                ObjectTypeDefinitionNode(fields=fields)
                | ObjectTypeExtensionNode(fields=fields)
                | InterfaceTypeDefinitionNode(fields=fields)
                | InterfaceTypeExtensionNode(fields=fields)
            ):
                is_query = self._renames.get(node.name.value, node.name.value) == "Query"
                for part in fields:
                    if not (is_query and part.name.value in MACHINERY_FIELDS):
                        field = self._field(part)
                        yield replace(field, directives=(*field.directives, *shared))

    def _field(self, node: FieldDefinitionNode) -> Field:
        return Field(
            name=node.name.value,
            description=_description(node.description),
            directives=self._directives(node.directives),
            line=_line(node),
            type=type_reference(node.type).rename(self._renames),
            arguments=_by_name(self._input(argument) for argument in node.arguments),
        )

    def _inputs(self, node: Node) -> Iterator[InputValue]:
        match node:
            case InputObjectTypeDefinitionNode(fields=fields) | InputObjectTypeExtensionNode(fields=fields):
                for part in fields:
                    yield self._input(part)

    def _input(self, node: InputValueDefinitionNode) -> InputValue:
        return InputValue(
            name=node.name.value,
            description=_description(node.description),
            directives=self._directives(node.directives),
            line=_line(node),
            type=type_reference(node.type),
            default=None if node.default_value is None else literal(node.default_value),
        )

    def _values(self, node: Node) -> Iterator[EnumValue]:
        match node:
            case EnumTypeDefinitionNode(values=values) | EnumTypeExtensionNode(values=values):
                for part in values:
                    yield EnumValue(
                        name=part.name.value,
                        description=_description(part.description),
                        directives=self._directives(part.directives),
                        line=_line(part),
                    )

    def _directives(self, nodes: Iterable[DirectiveNode], *, on_extension: bool = False) -> tuple[Directive, ...]:
        """Read those that composition knows or is asked to compose; of others the supergraph never hears."""
        read = (
            Directive(
                self._names.canonical(node.name.value),
                {argument.name.value: literal(argument.value) for argument in node.arguments},
                _line(node),
                on_extension,
            )
            for node in nodes
        )
        return tuple(one for one in read if one.name.startswith("@") or one.name in self._kept)

    def _directive_definitions(self) -> Iterator[tuple[str, DirectiveDefinition]]:
        for node in self._document.definitions:
            if isinstance(node, DirectiveDefinitionNode) and not self._names.is_machinery_directive(node.name.value):
                yield (
                    node.name.value,
                    DirectiveDefinition(
                        name=node.name.value,
                        description=_description(node.description),
                        line=_line(node),
                        arguments=_by_name(self._input(argument) for argument in node.arguments),
                        locations=tuple(location.value for location in node.locations),
                        repeatable=node.repeatable,
                    ),
                )


def _root_renames(document: DocumentNode) -> Iterator[tuple[str, str]]:
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode):
            for operation in node.operation_types or ():
                yield operation.type.name.value, operation.operation.value.capitalize()


def _fold(first: TypeDefinition, second: TypeDefinition) -> TypeDefinition:
    return replace(
        first,
        description=first.description or second.description,
        directives=first.directives + second.directives,
        line=first.line if first.defined else second.line,
        interfaces=tuple(dict.fromkeys(first.interfaces + second.interfaces)),
        fields={**first.fields, **second.fields},
        inputs={**first.inputs, **second.inputs},
        values={**first.values, **second.values},
        members=tuple(dict.fromkeys(first.members + second.members)),
        defined=first.defined or second.defined,
    )


def _by_name(elements: Iterable[_E]) -> Mapping[str, _E]:
    return {element.name: element for element in elements}


def _description(node: StringValueNode | None) -> str | None:
    return None if node is None else node.value


def _line(node: Node) -> int | None:
    if node.loc is None:
        return None
    described = getattr(node, "description", None)
    token = node.loc.start_token
    return token.line if described is None or token.next is None else token.next.line


def _interfaces(node: Node) -> tuple[str, ...]:
    return tuple(interface.name.value for interface in getattr(node, "interfaces", None) or ())


def _members(node: Node) -> tuple[str, ...]:
    match node:
        case UnionTypeDefinitionNode(types=types) | UnionTypeExtensionNode(types=types):
            return tuple(member.name.value for member in types)
        case _:
            return ()
