"""A plan executor as small as can be: synchronous, sequential, no transport. The judge of plans, not a product.

It asks `ask(subgraph, operation, variables)` for GraphQL results, counts calls and waves, merges by the rules of the
plan's grammar, and shapes the merged data as the client asked, nulls included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLBoolean,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    value_from_ast,
)

from router.plan import nodes as plan
from router.plan.nodes import LIST, TypeGuard

Ask = Callable[[str, str, dict[str, Any]], Mapping[str, Any]]
Data = dict[str, Any]


@dataclass
class Run:
    """One execution: the data so far, and what it has cost."""

    schema: GraphQLSchema
    ask: Ask
    variables: dict[str, Any]
    data: Data = field(default_factory=dict)
    errors: list[Any] = field(default_factory=list)
    calls: int = 0

    def accepts(self, types: Sequence[str], typename: str | None) -> bool:
        if typename is None or typename in types:
            return True
        return any(typename in possible_names(self.schema, name) for name in types)

    def execute(self, node: plan.Node | plan.Subscription | None) -> int:  # noqa: PLR0911 - a return a kind of node.
        """Run a node; returns its waves."""
        match node:
            case None:
                return 0
            case plan.Sequence(nodes):
                return sum(self.execute(inner) for inner in nodes)
            case plan.Parallel(nodes):
                return max(self.execute(inner) for inner in nodes)
            case plan.Condition(variable, if_true, if_false):
                return self.execute(if_true if self.variables[variable] else if_false)
            case plan.Subscription(primary, rest):
                return self.execute(primary) + self.execute(rest)
            case plan.Fetch():
                merge(self.data, self.rename(self.send(node.subgraph, node.operation, node.variables, {}), node))
                return 1
            case plan.Flatten(path, fetch) if not fetch.requires:
                return self.fetch_roots(path, fetch)
            case plan.Flatten(path, fetch):
                rewrites = (fetch.input_rewrites, fetch.output_rewrites, fetch.context_rewrites)
                entity = plan.EntityAlias("_entities", "representations", (path,), fetch.requires, *rewrites)
                return self.fetch_entities(fetch.subgraph, fetch.operation, fetch.variables, (entity,))
            case plan.BatchFetch():
                return self.fetch_entities(node.subgraph, node.operation, node.variables, node.entities)

    def send(self, subgraph: str, operation: str, used: Sequence[str], more: Data) -> Data:
        self.calls += 1
        sent = {name: self.variables[name] for name in used if name in self.variables}
        result = self.ask(subgraph, operation, {**sent, **more})
        self.errors.extend(result.get("errors") or ())
        return dict(result.get("data") or {})

    def fetch_roots(self, path: plan.Path, fetch: plan.Fetch) -> int:
        found = list(self.find(self.data, path))
        if not found:
            return 0
        answer = self.rename(self.send(fetch.subgraph, fetch.operation, fetch.variables, {}), fetch)
        for target in found:
            merge(target, deepcopy(answer))
        return 1

    def fetch_entities(
        self, subgraph: str, operation: str, used: Sequence[str], entities: Sequence[plan.EntityAlias]
    ) -> int:
        if any(entity.context_rewrites for entity in entities):
            return self.fetch_one_by_one(subgraph, operation, used, entities)
        targets: dict[str, list[Data]] = {}
        sent: Data = {}
        for entity in entities:
            found = [target for path in entity.paths for target in self.find(self.data, path)]
            pairs = [(target, self.represent(target, entity)) for target in found]
            targets[entity.alias] = [target for target, representation in pairs if representation is not None]
            sent[entity.variable] = [representation for _, representation in pairs if representation is not None]
        if not any(sent.values()):
            return 0
        data = self.send(subgraph, operation, used, sent)
        for entity in entities:
            for target, answer in zip(targets[entity.alias], data.get(entity.alias) or (), strict=False):
                if answer is not None:
                    merge(target, self.rename(answer, entity))
        return 1

    def fetch_one_by_one(
        self, subgraph: str, operation: str, used: Sequence[str], entities: Sequence[plan.EntityAlias]
    ) -> int:
        """Ask for each object alone, with the values that it is given; counted as the one call that may do it all."""
        before = self.calls
        for entity in entities:
            nobody: Data = {other.variable: [] for other in entities}
            for path in entity.paths:
                for target, chain in [*self.find_standing(self.data, path, ())]:
                    representation = self.represent(target, entity)
                    if representation is None:
                        continue
                    try:
                        values = {
                            rewrite.variable: value
                            for rewrite in reversed(entity.context_rewrites)
                            for value in self.follow(rewrite.path, target, chain)
                        }
                    except KeyError:
                        # A value that nobody was asked for is not given to what nobody asks for.
                        continue
                    data = self.send(subgraph, operation, used, {**nobody, entity.variable: [representation], **values})
                    if data[entity.alias][0] is not None:
                        merge(target, self.rename(data[entity.alias][0], entity))
        made = self.calls > before
        self.calls = before + made
        return int(made)

    def find_standing(self, value: Any, path: plan.Path, chain: tuple[Data, ...]) -> Iterator[tuple[Data, Any]]:
        """Find what `find` does, each with the objects that it stands in."""
        if isinstance(value, list):
            for inner in value:
                yield from self.find_standing(inner, path[1:], chain)
        elif isinstance(value, dict):
            if not path:
                yield value, chain
            elif isinstance(path[0], TypeGuard):
                if self.accepts(path[0].types, value.get("__typename")):
                    yield from self.find_standing(value, path[1:], chain)
            elif isinstance(path[0], str):
                yield from self.find_standing(value.get(path[0]), path[1:], (*chain, value))

    def follow(self, path: plan.ContextPath, here: Any, chain: tuple[Data, ...]) -> Iterator[Any]:
        """Yield the value at a path from an object, nothing where a guard does not hold."""
        match path:
            case (plan.UP, *rest):
                yield from self.follow(tuple(rest), chain[-1], chain[:-1])
            case (TypeGuard(types), *rest):
                if self.accepts(types, here.get("__typename")):
                    yield from self.follow(tuple(rest), here, chain)
            case _:
                yield read_below(here, path)

    def find(self, value: Any, path: plan.Path) -> Iterator[Data]:
        if isinstance(value, list):
            assert path[:1] == (LIST,), f"A list stands where the path says {path}."
            for inner in value:
                yield from self.find(inner, path[1:])
        elif isinstance(value, dict):
            if not path:
                yield value
            elif isinstance(path[0], TypeGuard):
                if self.accepts(path[0].types, value.get("__typename")):
                    yield from self.find(value, path[1:])
            elif isinstance(path[0], str):
                yield from self.find(value.get(path[0]), path[1:])

    def represent(self, source: Data, entity: plan.EntityAlias) -> Data | None:
        sent: Data = {}
        self.project(source, entity.requires, sent)
        for rewrite in entity.input_rewrites:
            (guard,) = rewrite.path
            assert isinstance(guard, TypeGuard), "The planner rewrites only the object itself."
            if self.accepts(guard.types, sent.get("__typename")):
                sent["__typename"] = rewrite.value
        has_value = any(value is not None for key, value in sent.items() if key != "__typename")
        return sent if has_value else None

    def project(self, source: Data, wanted: Sequence[plan.Requirement], target: Data) -> None:
        for requirement in wanted:
            if isinstance(requirement, plan.RequiredFragment):
                if self.accepts((requirement.type_condition,), source.get("__typename")):
                    self.project(source, requirement.selections, target)
                    if target.get("__typename") is None and source.get("__typename") is None and "__typename" in target:
                        target["__typename"] = requirement.type_condition
                continue
            value = source.get(requirement.alias or requirement.name)
            target[requirement.name] = self.project_value(value, requirement) if requirement.selections else value

    def project_value(self, value: Any, requirement: plan.RequiredField) -> Any:
        if isinstance(value, list):
            return [self.project_value(inner, requirement) for inner in value]
        if value is None:
            return None
        inner: Data = {}
        self.project(value, requirement.selections, inner)
        return inner

    def rename(self, data: Data, fetch: plan.Fetch | plan.EntityAlias) -> Data:
        for rewrite in fetch.output_rewrites:
            self.rename_one(data, rewrite.path, rewrite.to)
        return data

    def rename_one(self, value: Any, path: plan.Path, to: str) -> None:
        if isinstance(value, list):
            for inner in value:
                self.rename_one(inner, path, to)
        elif isinstance(value, dict):
            step = path[0]
            if isinstance(step, TypeGuard):
                if self.accepts(step.types, value.get("__typename")):
                    self.rename_one(value, path[1:], to)
            elif len(path) == 1:
                if step in value:
                    value[to] = value.pop(str(step))
            else:
                self.rename_one(value.get(str(step)), path[1:], to)


def read_below(value: Any, keys: Sequence[object]) -> Any:
    if value is None or not keys:
        return value
    if isinstance(value, list):
        return [read_below(inner, keys) for inner in value]
    return read_below(value[keys[0]], keys[1:])


def merge(target: Data, source: Data) -> None:
    """Lay `source` over `target`, in depth, lists element by element."""
    for key, value in source.items():
        target[key] = merge_value(target.get(key), value)


def merge_value(before: Any, after: Any) -> Any:
    if isinstance(before, dict) and isinstance(after, dict):
        merge(before, after)
        return before
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [merge_value(first, second) for first, second in zip(before, after, strict=True)]
    return after if after is not None else before


@dataclass
class Projection:
    """Shapes merged data as the client asked: keys, types, and nulls where a non-null field has no value."""

    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]
    variables: Data

    def write(self, type_: Any, source: Data, selection_set: SelectionSetNode) -> Data | None:
        target: Data = {}
        for owner, node in collect(self, type_, source, selection_set):
            key = node.alias.value if node.alias else node.name.value
            if node.name.value == "__typename":
                target[key] = source.get(key, source.get("__typename", owner.name))
                continue
            returned = owner.fields[node.name.value].type
            value = self.value(returned, source.get(key), node)
            if value is None and isinstance(returned, GraphQLNonNull):
                return None
            merge(target, {key: value})
        return target

    def value(self, type_: Any, value: Any, node: FieldNode) -> Any:
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if value is None:
            return None
        if isinstance(inner, GraphQLList):
            written = [self.value(inner.of_type, item, node) for item in value]
            return None if None in written and isinstance(inner.of_type, GraphQLNonNull) else written
        if node.selection_set is None:
            return value
        return self.write(inner, value, node.selection_set)


def collect(
    to: Projection, type_: Any, source: Data, selection_set: SelectionSetNode
) -> Iterator[tuple[Any, FieldNode]]:
    """List the fields that a selection set asks of one object, each with the type it is asked of."""
    for node in selection_set.selections:
        if any(
            (value_from_ast(d.arguments[0].value, GraphQLBoolean, to.variables)) is (d.name.value == "skip")
            for d in node.directives
        ):
            continue
        if isinstance(node, FieldNode):
            yield type_, node
            continue
        fragment = to.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        assert isinstance(fragment, FragmentDefinitionNode | InlineFragmentNode), "All else is a field."
        condition = fragment.type_condition.name.value if fragment.type_condition else type_.name
        typename = source.get("__typename") or type_.name
        if condition in {typename, type_.name} or typename in possible_names(to.schema, condition):
            # Where the type is known it stays known, though the data need not name it.
            narrowed = type_ if isinstance(type_, GraphQLObjectType) else to.schema.type_map[condition]
            yield from collect(to, narrowed, source, fragment.selection_set)


def possible_names(schema: GraphQLSchema, name: str) -> set[str]:
    type_ = schema.type_map.get(name)
    if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
        return {possible.name for possible in schema.get_possible_types(type_)}
    return {name}


def execute_plan(
    query_plan: plan.QueryPlan, schema: GraphQLSchema, text: str, variables: Data, ask: Ask
) -> tuple[Any, Run, int]:
    """Execute a plan; returns the projected data, the run with its calls, and the waves."""
    run = Run(schema, ask, variables)
    waves = run.execute(query_plan.node)
    document = parse(text)
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    root = schema.get_root_type(operation.operation)
    projected = Projection(schema, fragments, variables).write(root, run.data, operation.selection_set)
    return projected, run, waves
