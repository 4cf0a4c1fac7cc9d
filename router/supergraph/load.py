"""Reads the join specification, v0.1 to v0.5, into the model.

NOTE: The law of `@join__field`. A field without it belongs to every owner of its type; with it, to the graphs it names;
named without `graph` it belongs to none, an interface object supplies it. `external` and `usedOverridden` fields are
known to the graph but not answered by it. A label makes two graphs take turns: while it is on, the overriding one
answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from graphql import (
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLError,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeDefinitionNode,
    build_ast_schema,
    parse,
)

from router.errors import SupergraphError
from router.supergraph.access import read_access_rules
from router.supergraph.contexts import ContextReader
from router.supergraph.costs import read_costs
from router.supergraph.features import check_features, local_names, read_features
from router.supergraph.model import EntityKey, JoinedType, OwnedField, OwnedType, Subgraph, Supergraph
from router.supergraph.public import drop_machinery, make_public, read_argument


def load_supergraph(sdl: str) -> Supergraph:
    """Load a supergraph SDL; raises SupergraphError where it is not one."""
    try:
        document = parse(sdl, no_location=True)
    except GraphQLError as error:
        message = f"The supergraph is not GraphQL: {error.message}"
        raise SupergraphError(message) from error
    graphs = _read_graphs(document)
    features = read_features(document)
    check_features(features)
    names = local_names(features)
    hiding = frozenset(local for local, name in names.items() if name == "inaccessible")
    full = drop_machinery(document, features)
    try:
        schema = build_ast_schema(full, assume_valid=True)
        public_schema = build_ast_schema(make_public(full, hiding), assume_valid=True)
    except (GraphQLError, TypeError) as error:
        message = f"The supergraph is not a schema: {error}"
        raise SupergraphError(message) from error
    contexts = ContextReader(document, names, schema)
    kept = {definition.name.value for definition in full.definitions if isinstance(definition, TypeDefinitionNode)}
    types = {
        definition.name.value: _TypeReader(definition, graphs, contexts).read()
        for definition in document.definitions
        if isinstance(definition, TypeDefinitionNode) and definition.name.value in kept
    }
    subgraphs = {subgraph.name: subgraph for subgraph in graphs.values()}
    access, costs = read_access_rules(document, names, schema), read_costs(document, names)
    return Supergraph(schema, public_schema, MappingProxyType(subgraphs), MappingProxyType(types), access, costs)


def parse_field_set(text: str) -> SelectionSetNode:
    """Parse a `FieldSet` scalar (`id owner { id }`) as a selection set."""
    try:
        definition = parse("{" + text + "}", no_location=True).definitions[0]
    except GraphQLError as error:
        message = f"The field set {text!r} is not GraphQL: {error.message}"
        raise SupergraphError(message) from error
    assert isinstance(definition, OperationDefinitionNode), "A document in braces is an operation."
    return definition.selection_set


def _read_graphs(document: DocumentNode) -> Mapping[str, Subgraph]:
    """Read the subgraphs by the enum values that stand for them."""
    for definition in document.definitions:
        if isinstance(definition, EnumTypeDefinitionNode) and definition.name.value == "join__Graph":
            graphs = {}
            for value in definition.values:
                directive = next((d for d in value.directives if d.name.value == "join__graph"), None)
                if directive is None:
                    message = f"join__Graph.{value.name.value} has no @join__graph."
                    raise SupergraphError(message)
                name = str(read_argument(directive, "name"))
                graphs[value.name.value] = Subgraph(name, str(read_argument(directive, "url") or ""))
            return graphs
    message = "The schema has no enum join__Graph, so it is not a supergraph."
    raise SupergraphError(message)


class _TypeReader:
    """Reads one type definition's join directives."""

    def __init__(self, definition: TypeDefinitionNode, graphs: Mapping[str, Subgraph], contexts: ContextReader) -> None:
        self.definition = definition
        self.graphs = graphs
        self.contexts = contexts

    def read(self) -> JoinedType:
        owners = self._read_owners()
        fields: dict[str, Mapping[str, OwnedField]] = {}
        if isinstance(self.definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            for field in self.definition.fields:
                fields[field.name.value] = MappingProxyType(self._read_field(field, owners))
        return JoinedType(
            self.definition.name.value,
            MappingProxyType(owners),
            MappingProxyType(fields),
            self._collect("join__implements", "interface", self._declared_interfaces(), owners),
            self._collect("join__unionMember", "member", self._declared_members(), owners),
        )

    def _directives(self, name: str, directives: Sequence[DirectiveNode]) -> list[DirectiveNode]:
        return [directive for directive in directives if directive.name.value == name]

    def _graph(self, directive: DirectiveNode) -> str | None:
        value = read_argument(directive, "graph")
        if value is None:
            return None
        if str(value) not in self.graphs:
            message = f"{self.definition.name.value} names the unknown graph {value}."
            raise SupergraphError(message)
        return self.graphs[str(value)].name

    def _one_graph(self, directive: DirectiveNode) -> str:
        name = self._graph(directive)
        if name is None:
            raise SupergraphError(f"{self.definition.name.value} has a @{directive.name.value} that names no graph.")
        return name

    def _read_owners(self) -> dict[str, OwnedType]:
        owners: dict[str, OwnedType] = {}
        for directive in self._directives("join__type", self.definition.directives):
            name = self._one_graph(directive)
            before = owners.get(name, OwnedType())
            key = read_argument(directive, "key")
            keys = before.keys
            if isinstance(key, str):
                keys = (*keys, EntityKey(parse_field_set(key), read_argument(directive, "resolvable") is not False))
            owners[name] = OwnedType(
                keys,
                before.is_interface_object or read_argument(directive, "isInterfaceObject") is True,
                before.is_extension or read_argument(directive, "extension") is True,
            )
        if not owners:
            # Join v0.1 leaves value types and root types bare: every graph owns them.
            owners = {graph.name: OwnedType() for graph in self.graphs.values()}
        return owners

    def _read_field(self, field: FieldDefinitionNode, owners: Mapping[str, OwnedType]) -> dict[str, OwnedField]:
        joins = self._directives("join__field", field.directives)
        if not joins:
            return {name: OwnedField() for name in owners}
        labels = {
            str(read_argument(join, "override")): str(label)
            for join in joins
            if (label := read_argument(join, "overrideLabel")) and read_argument(join, "override")
        }
        fields = {}
        for join in joins:
            name = self._graph(join)
            if name is not None:
                fields[name] = self._read_owned_field(join, labels.get(name), field.name.value)
        return fields

    def _read_owned_field(self, join: DirectiveNode, overridden_label: str | None, name: str) -> OwnedField:
        requires, provides = read_argument(join, "requires"), read_argument(join, "provides")
        declared = read_argument(join, "type")
        label = read_argument(join, "overrideLabel")
        used_overridden = read_argument(join, "usedOverridden") is True and overridden_label is None
        return OwnedField(
            requires=parse_field_set(requires) if isinstance(requires, str) else None,
            provides=parse_field_set(provides) if isinstance(provides, str) else None,
            external=read_argument(join, "external") is True or used_overridden,
            type_text=str(declared) if declared else None,
            override_label=overridden_label or (str(label) if label else None),
            label_active=overridden_label is None,
            contextual=self.contexts.read(join, f"{self.definition.name.value}.{name}"),
        )

    def _collect(
        self, directive_name: str, argument: str, declared: frozenset[str], owners: Mapping[str, OwnedType]
    ) -> Mapping[str, frozenset[str]]:
        joins = self._directives(directive_name, self.definition.directives)
        if not joins:
            return MappingProxyType(dict.fromkeys(owners, declared))
        collected: dict[str, frozenset[str]] = {}
        for join in joins:
            name = self._one_graph(join)
            collected[name] = collected.get(name, frozenset()) | {str(read_argument(join, argument))}
        return MappingProxyType(collected)

    def _declared_interfaces(self) -> frozenset[str]:
        return frozenset(node.name.value for node in getattr(self.definition, "interfaces", ()))

    def _declared_members(self) -> frozenset[str]:
        return frozenset(node.name.value for node in getattr(self.definition, "types", ()))
