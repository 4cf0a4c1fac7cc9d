"""From the fetch graph to the plan: requests become fetches, and waits become sequences.

Requests that hang together through waits form a component; components run in parallel. Inside one, what waits for
nothing runs first, and the rest is taken apart again, so chains that do not touch never wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from graphql import OperationDefinitionNode

from router.operation import Operation, SelectionTree, print_type, print_value
from router.plan.nodes import (
    BatchFetch,
    Condition,
    EntityAlias,
    Fetch,
    Flatten,
    Node,
    OperationKind,
    Parallel,
)
from router.plan.nodes import (
    Sequence as SequenceNode,
)
from router.planner.entities import EntityGroup, group_entities, path_of
from router.planner.fetch_graph import FetchGraph, Request
from router.planner.selection_text import Layer, SelectionWriter
from router.supergraph import Supergraph

_REPRESENTATIONS = "representations"


class Assembler:
    """Writes the requests of one fetch graph."""

    def __init__(self, supergraph: Supergraph, tree: SelectionTree, operation: Operation, graph: FetchGraph) -> None:
        self.supergraph = supergraph
        self.tree = tree
        self.operation = operation
        self.graph = graph
        self._prefix = _free_prefix(operation.definition)

    def arrange(self, requests: Sequence[Request]) -> Node | None:
        """Put requests in order; None where there are none."""
        branches = [self._arrange_component(component) for component in _components(requests)]
        return _parallel(branches)

    def _arrange_component(self, component: list[Request]) -> Node:
        inside = set(component)
        first = [request for request in component if not request.needs & inside]
        rest = [request for request in component if request.needs & inside]
        head = _parallel([self.write(request) for request in first])
        assert head is not None, "Waits never form a circle, so something comes first."
        tail = self.arrange(rest)
        return head if tail is None else _sequence([head, tail])

    def write(self, request: Request) -> Node:
        """Write one request, under its conditions."""
        node: Node
        if not request.is_root:
            node = self._write_entities(request)
        elif request.is_first:
            node = self.write_root(request)
        else:
            node = Flatten(path_of(request.steps[0].entry.position), self.write_root(request))
        for variable, wanted in reversed(self.graph.conditions_of(request)):
            node = Condition(variable, node, None) if wanted else Condition(variable, None, node)
        return node

    def _writer(self, request: Request) -> SelectionWriter:
        given = self.graph.conditions_of(request)
        return SelectionWriter(self.supergraph, self.graph.conditions_of_leaf, given, self._prefix)

    def write_root(self, request: Request) -> Fetch:
        """Write a fetch of root fields."""
        writer = self._writer(request)
        layer = Layer()
        for step in request.steps:
            writer.lay(layer, step.entry)
        renames = tuple(writer.separate([layer], ()))
        selections = writer.write(layer)
        kind = self.operation.kind if request.is_first else OperationKind.QUERY
        declared = self._declare(writer.variables)
        head = "" if kind is OperationKind.QUERY and not declared else kind.value + declared
        return Fetch(request.subgraph, kind, head + selections, tuple(writer.variables), output_rewrites=renames)

    def _write_entities(self, request: Request) -> Node:
        writer = self._writer(request)
        written: list[tuple[EntityGroup, Layer, EntityAlias]] = []
        for group in group_entities(self.tree, request.steps, self.graph.conditions_of_step):
            layer = Layer()
            for part in group.parts.values():
                for step in part.steps:
                    writer.lay(layer.fragment(part.type_name), step.entry)
            renames = tuple(writer.separate([layer], ()))
            requires = group.requires(self.tree)
            rewrites = (group.input_rewrites, renames, group.context_rewrites(self._prefix))
            written.append((group, layer, EntityAlias("", "", (group.full_path,), requires, *rewrites)))
        fields = _join_equal([(writer.write(layer), alias) for _, layer, alias in written])
        if len(fields) == 1 and len(fields[0][1].paths) == 1 and _REPRESENTATIONS not in writer.variables:
            return self._write_flatten(request, writer, *fields[0])
        return self._write_batch(request, writer, fields)

    def _write_flatten(self, request: Request, writer: SelectionWriter, selections: str, alias: EntityAlias) -> Flatten:
        head = f"query(${_REPRESENTATIONS}: [_Any!]!{self._declare_all(writer)})"
        operation = f"{head}{{_entities(representations: ${_REPRESENTATIONS}){selections}}}"
        fetch = Fetch(
            request.subgraph,
            OperationKind.QUERY,
            operation,
            (*writer.variables, *writer.contextual),
            alias.requires,
            alias.input_rewrites,
            alias.output_rewrites,
            alias.context_rewrites,
        )
        return Flatten(alias.paths[0], fetch)

    def _write_batch(
        self, request: Request, writer: SelectionWriter, fields: list[tuple[str, EntityAlias]]
    ) -> BatchFetch:
        aliases: list[EntityAlias] = []
        texts: list[str] = []
        taken = self.operation.definition.variable_definitions
        names = {definition.variable.name.value for definition in taken}
        for number, (selections, entity) in enumerate(fields):
            variable = f"{_REPRESENTATIONS}_{number}"
            while variable in names:
                variable += "_"
            name = f"_e{number}"
            texts.append(f"{name}: _entities(representations: ${variable}){selections}")
            rewrites = (entity.input_rewrites, entity.output_rewrites, entity.context_rewrites)
            aliases.append(EntityAlias(name, variable, entity.paths, entity.requires, *rewrites))
        variables = ", ".join(f"${alias.variable}: [_Any!]!" for alias in aliases)
        head = f"query({variables}{self._declare_all(writer)})"
        operation = f"{head}{{{' '.join(texts)}}}"
        return BatchFetch(request.subgraph, operation, tuple(aliases), (*writer.variables, *writer.contextual))

    def _declare_all(self, writer: SelectionWriter) -> str:
        """Declare the client's variables that an entity fetch uses, and those of contextual arguments."""
        declared = self._declare(writer.variables, more=True)
        if not writer.contextual:
            return declared
        return declared + "".join(f", ${name}: {type_text}" for name, type_text in writer.contextual.items())

    def _declare(self, used: Iterable[str], *, more: bool = False) -> str:
        """Declare the client's variables that a fetch uses, as the client declared them."""
        wanted = set(used)
        texts = [_declaration(self.operation.definition, name) for name in wanted and self._in_order(wanted)]
        if not texts:
            return ""
        return ", " + ", ".join(texts) if more else f"({', '.join(texts)})"

    def _in_order(self, wanted: set[str]) -> list[str]:
        declared = self.operation.definition.variable_definitions
        return [item.variable.name.value for item in declared if item.variable.name.value in wanted]


def _declaration(definition: OperationDefinitionNode, name: str) -> str:
    for item in definition.variable_definitions:
        if item.variable.name.value == name:
            default = f" = {print_value(item.default_value)}" if item.default_value is not None else ""
            return f"${name}: {print_type(item.type)}{default}"
    message = f"The operation uses ${name} and does not declare it."
    raise AssertionError(message)


def _free_prefix(definition: OperationDefinitionNode) -> str:
    """Find what variables of the router's own begin with, so that none of the client's begins so."""
    prefix = ""
    if not definition.variable_definitions:
        return prefix
    taken = [item.variable.name.value for item in definition.variable_definitions]
    while any(name.startswith(f"{prefix}contextualArgument") for name in taken):
        prefix += "_"
    return prefix


def _join_equal(fields: list[tuple[str, EntityAlias]]) -> list[tuple[str, EntityAlias]]:
    """Let groups that ask and send the same share one `_entities` field."""
    joined: list[tuple[str, EntityAlias]] = []
    for text, alias in fields:
        for number, (other_text, other) in enumerate(joined):
            if text == other_text and replace(other, paths=alias.paths) == alias:
                joined[number] = (text, replace(alias, paths=other.paths + alias.paths))
                break
        else:
            joined.append((text, alias))
    return joined


def _components(requests: Sequence[Request]) -> list[list[Request]]:
    """Split requests into sets that do not wait for each other, in the order given."""
    inside = set(requests)
    neighbours: dict[Request, set[Request]] = {request: set() for request in requests}
    for request in requests:
        for need in request.needs & inside:
            neighbours[request].add(need)
            neighbours[need].add(request)
    components: list[list[Request]] = []
    seen: set[Request] = set()
    for request in requests:
        if request in seen:
            continue
        members, waiting = {request}, [request]
        while waiting:
            fresh = neighbours[waiting.pop()] - members
            members |= fresh
            waiting.extend(fresh)
        seen |= members
        components.append([member for member in requests if member in members])
    return components


def _parallel(nodes: list[Node]) -> Node | None:
    flat = [inner for node in nodes for inner in (node.nodes if isinstance(node, Parallel) else (node,))]
    if len(flat) <= 1:
        return flat[0] if flat else None
    return Parallel(tuple(flat))


def _sequence(nodes: list[Node]) -> Node:
    flat = [inner for node in nodes for inner in (node.nodes if isinstance(node, SequenceNode) else (node,))]
    return flat[0] if len(flat) == 1 else SequenceNode(tuple(flat))
