"""Contexts of the supergraph: which types set them, and which arguments of which fields take a value from them.

NOTE: `@context(name: "shop__c")` on a type sets a context; `contextArguments` of a field's @join__field say what one
subgraph takes from it: `[{context: "shop__c", name: "currency", type: "String", selection: "{ currency }"}]`. Clients
know nothing of such arguments. A value comes from the nearest object above the field's that is of a type which sets
the context. Where it is set by an interface or a union, it is set by every type behind that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeDefinitionNode,
    parse,
)

from router.errors import SupergraphError
from router.supergraph.features import read_arguments


@dataclass(frozen=True, slots=True, eq=False)
class ContextualArgument:
    """One argument whose value the router gives: `selections` are what is read of each type that sets its context.

    Each selects one field, with one field below it, and so on; None where nothing is read, and null is given.
    `variable` is what a fetch calls the value, the same for all fetches to this subgraph.
    """

    name: str
    type_text: str
    variable: str
    selections: Mapping[str, SelectionSetNode | None]


class ContextReader:
    """Reads the contexts of one supergraph's document; `names` are its directives' local names."""

    def __init__(self, document: DocumentNode, names: Mapping[str, str], schema: GraphQLSchema) -> None:
        self._schema = schema
        self._setters: dict[str, list[str]] = {}
        self._variables: dict[tuple[str, str], str] = {}
        coordinates: dict[str, list[str]] = {}
        for definition in document.definitions:
            if isinstance(definition, TypeDefinitionNode):
                self._read_setter(definition, names)
                for graph, coordinate in _places(definition):
                    coordinates.setdefault(graph, []).append(coordinate)
        graphs = _graphs(document)
        for graph, found in coordinates.items():
            for number, coordinate in enumerate(sorted(found)):
                self._variables[graph, coordinate] = f"contextualArgument_{graphs.index(graph) + 1}_{number}"

    def _read_setter(self, definition: TypeDefinitionNode, names: Mapping[str, str]) -> None:
        for directive in definition.directives:
            if names.get(directive.name.value) == "context":
                context = str(read_arguments(directive).get("name"))
                self._setters.setdefault(context, []).extend(self._behind(definition.name.value))

    def _behind(self, name: str) -> list[str]:
        kind = self._schema.type_map[name]
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            return [possible.name for possible in self._schema.get_possible_types(kind)]
        return [name]

    def read(self, join: DirectiveNode, coordinate: str) -> tuple[ContextualArgument, ...]:
        """Read what a @join__field of the field `coordinate` takes. Raises SupergraphError."""
        given = _context_arguments(join)
        return tuple(self._read_one(read_arguments(join)["graph"], coordinate, one) for one in given)

    def _read_one(self, graph: str, coordinate: str, given: Mapping[str, Any]) -> ContextualArgument:
        place = f"{coordinate}({given['name']}:)"
        setters = self._setters.get(str(given["context"]))
        if not setters:
            raise SupergraphError(f"{place} takes a value from the context {given['context']!r}, which nothing sets.")
        selections = _parse_selection(place, str(given["selection"]))
        chosen = {name: _choose(selections, name) for name in setters}
        return ContextualArgument(str(given["name"]), str(given["type"]), self._variables[graph, place], chosen)


def _graphs(document: DocumentNode) -> list[str]:
    enums = (
        node for node in document.definitions if getattr(getattr(node, "name", None), "value", "") == "join__Graph"
    )
    return [value.name.value for node in enums for value in getattr(node, "values", ())]


def _places(definition: TypeDefinitionNode) -> Iterator[tuple[str, str]]:
    """Yield each contextual argument of a type, by its graph and its coordinate."""
    for field in getattr(definition, "fields", None) or ():
        for directive in field.directives:
            for given in _context_arguments(directive):
                graph = str(read_arguments(directive)["graph"])
                yield graph, f"{definition.name.value}.{field.name.value}({given['name']}:)"


def _context_arguments(directive: DirectiveNode) -> Iterable[Mapping[str, Any]]:
    if directive.name.value != "join__field" or all(
        one.name.value != "contextArguments" for one in directive.arguments
    ):
        return ()
    given: Iterable[Mapping[str, Any]] = read_arguments(directive)["contextArguments"] or ()
    return given


def _parse_selection(place: str, text: str) -> SelectionSetNode:
    inner = text.strip()
    try:
        definition = parse(inner if inner.startswith("{") else f"{{{inner}}}", no_location=True).definitions[0]
    except GraphQLError as error:
        raise SupergraphError(f"What {place} selects is not GraphQL: {error.message}") from error
    assert isinstance(definition, OperationDefinitionNode), "A document in braces is an operation."
    return definition.selection_set


def _choose(selections: SelectionSetNode, type_name: str) -> SelectionSetNode | None:
    """Find what is selected of one type: the fields for all, or those of its fragment."""
    if isinstance(selections.selections[0], FieldNode):
        return selections
    for node in selections.selections:
        if isinstance(node, InlineFragmentNode) and node.type_condition.name.value == type_name:
            return node.selection_set
    return None
