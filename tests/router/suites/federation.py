"""Small federations with data: a folder of subgraph SDLs and a `data.json`, which all of its subgraphs share.

In the data an object is `{"$ref": "Type:id"}`, so that every subgraph tells of the same objects. A subgraph tells only
what its SDL lets it: fields that are external there have no value, unless provided or sent in a representation. A field
with `@requires` is computed from what was sent, and on the merged schema from what is true; so the two agree only if
the router sent the right things. A field with arguments has them in its value, so that no two calls can be mixed up.
So has one with arguments of contexts, which on the merged schema are what the nearest object above says that sets them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    DirectiveNode,
    FieldNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionSetNode,
    build_schema,
    execute_sync,
    get_named_type,
    is_leaf_type,
    parse,
    validate,
)

from router.composition import SubgraphSource, compose
from router.supergraph import JoinedType, Supergraph, load_supergraph, parse_field_set

HERE = Path(__file__).parent
SUITES = sorted(path.parent.name for path in HERE.glob("*/data.json"))
MACHINERY = """
scalar FieldSet
scalar _Any
directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
directive @requires(fields: FieldSet!) on FIELD_DEFINITION
directive @provides(fields: FieldSet!) on FIELD_DEFINITION
directive @external on FIELD_DEFINITION | OBJECT
directive @shareable repeatable on FIELD_DEFINITION | OBJECT
directive @override(from: String!, label: String) on FIELD_DEFINITION
directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | ENUM_VALUE
directive @interfaceObject on OBJECT
directive @context(name: String!) repeatable on INTERFACE | OBJECT | UNION
directive @fromContext(field: String) on ARGUMENT_DEFINITION
"""
LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.8", import: ["@key", "@requires", "@provides", '
    '"@external", "@shareable", "@override", "@inaccessible", "@interfaceObject", '
    '"@context", "@fromContext"])\n'
)


@dataclass(frozen=True)
class Told:
    """One object as one subgraph tells of it: `sent` in a representation, `provided` though external."""

    facts: Mapping[str, Any]
    sent: Mapping[str, Any] = field(default_factory=dict)
    provided: SelectionSetNode | None = None
    typename: str | None = None


class World:
    """The data of one federation: what is true."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.objects = {
            f"{type_name}:{key}": {"__typename": type_name, **facts}
            for type_name, listed in data.items()
            if type_name not in {"Query", "Mutation"}
            for key, facts in listed.items()
        }
        self.roots = {name: {"__typename": name, **data.get(name, {})} for name in ("Query", "Mutation")}
        # There is one query root, wherever a field returns it.
        self.objects["Query:root"] = self.roots["Query"]
        self.requires: dict[tuple[str, str], SelectionSetNode] = {}

    def read(self, facts: Mapping[str, Any], name: str) -> Any:
        """Read one field of an object; what requires others is computed from them."""
        requires = self.requires.get((facts["__typename"], name))
        if requires is not None:
            return compute(name, self.pick(facts, requires))
        return self.follow(facts.get(name))

    def follow(self, value: Any) -> Any:
        """Replace references by the objects they mean."""
        if isinstance(value, list):
            return [self.follow(inner) for inner in value]
        if isinstance(value, dict) and "$ref" in value:
            return self.objects[value["$ref"]]
        return value

    def pick(self, facts: Mapping[str, Any], wanted: SelectionSetNode) -> dict[str, Any]:
        """Read a field set off an object, as a representation would have it."""
        picked: dict[str, Any] = {}
        for node in wanted.selections:
            if isinstance(node, InlineFragmentNode):
                condition = node.type_condition.name.value if node.type_condition else facts["__typename"]
                if facts["__typename"] == condition:
                    picked |= self.pick(facts, node.selection_set)
            elif isinstance(node, FieldNode):
                value = self.read(facts, node.name.value)
                if node.arguments:
                    value = mark(value, {a.name.value: a.value.value for a in node.arguments})  # type: ignore[attr-defined]
                if node.selection_set is not None:
                    inner = node.selection_set
                    value = each(value, lambda item, inner=inner: self.pick(item, inner))
                picked[node.name.value] = value
        return picked


def each(value: Any, change: Any) -> Any:
    if isinstance(value, list):
        return [each(inner, change) for inner in value]
    return None if value is None else change(value)


def mark(value: Any, arguments: Mapping[str, Any]) -> Any:
    """Put the arguments into a leaf's value."""
    if not arguments or value is None or isinstance(value, dict | list):
        return value
    return f"{value}({','.join(f'{name}={arguments[name]}' for name in sorted(arguments))})"


def compute(name: str, inputs: Mapping[str, Any]) -> str:
    """Work out a field that requires others: its value tells what it was worked out from."""
    return f"{name} of {json.dumps(inputs, sort_keys=True)}"


class SubgraphStandIn:
    """Answers for one subgraph, in GraphQL, and refuses what its SDL does not allow."""

    def __init__(self, sdl: str, world: World) -> None:
        self.world = world
        bare = build_schema(sdl + MACHINERY, assume_valid=True)
        keyed = [type_ for type_ in bare.type_map.values() if type_.ast_node and find(type_.ast_node, "key")]
        entities = [name for type_ in keyed for name in concrete_names(bare, type_)]
        more = ""
        if entities:
            more = f"union _Entity = {' | '.join(dict.fromkeys(entities))}\n"
            more += "extend type Query { _entities(representations: [_Any!]!): [_Entity]! }"
        has_query = "Query" in bare.type_map
        self.schema = build_schema(sdl + MACHINERY + ("" if has_query else "type Query { _: Int }") + more)

    def answer(self, operation: str, variables: dict[str, Any]) -> Mapping[str, Any]:
        document = parse(operation)
        faults = validate(self.schema, document)
        assert not faults, f"{faults}\n{operation}"
        result = execute_sync(
            self.schema,
            document,
            variable_values=variables,
            field_resolver=self.tell,
            type_resolver=lambda value, _info, _type: value.typename or value.facts["__typename"],
        )
        assert not result.errors, f"{result.errors}\n{operation}\n{variables}"
        return {"data": result.data}

    def tell(self, told: Told | None, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        name = info.field_name
        if told is None:
            if name == "_entities":
                return [self.find_entity(item) for item in arguments["representations"]]
            told = Told(self.world.roots[info.parent_type.name])
        definition = info.parent_type.fields[name].ast_node
        assert definition is not None, "Every field comes from the SDL."
        requires = find(definition, "requires")
        if requires is not None:
            value: Any = mark(compute(name, self.only(told.sent, parse_field_set(fields_of(requires)))), arguments)
        elif find(definition, "external") is not None and name in told.sent:
            value = told.sent[name]
        elif find(definition, "external") is not None and not self.is_provided(told, name, info.parent_type.name):
            value = None
        else:
            value = mark(self.world.follow(told.facts.get(name)), arguments)
        if is_leaf_type(get_named_type(info.return_type)):
            return value
        provides = find(definition, "provides")
        provided = parse_field_set(fields_of(provides)) if provides else self.provided_below(told, name)
        return each(value, lambda facts: Told(facts, provided=provided))

    def is_provided(self, told: Told, name: str, _type: str) -> bool:
        return any(node.name.value == name for node in self.provided_fields(told))

    def provided_below(self, told: Told, name: str) -> SelectionSetNode | None:
        return next((node.selection_set for node in self.provided_fields(told) if node.name.value == name), None)

    def provided_fields(self, told: Told) -> Iterator[FieldNode]:
        waiting = [told.provided] if told.provided else []
        while waiting:
            for node in waiting.pop().selections:
                if isinstance(node, FieldNode):
                    yield node
                elif isinstance(node, InlineFragmentNode) and (
                    node.type_condition is None or node.type_condition.name.value == told.facts["__typename"]
                ):
                    waiting.append(node.selection_set)

    def only(self, sent: Mapping[str, Any], wanted: SelectionSetNode) -> dict[str, Any]:
        """Leave what one field requires of all that was sent for the entity."""
        kept: dict[str, Any] = {}
        for node in wanted.selections:
            if isinstance(node, InlineFragmentNode):
                kept |= self.only(sent, node.selection_set)
            elif isinstance(node, FieldNode) and node.name.value in sent:
                value = sent[node.name.value]
                inner = node.selection_set
                kept[node.name.value] = each(value, lambda item, i=inner: self.only(item, i)) if inner else value
        return kept

    def find_entity(self, representation: Mapping[str, Any]) -> Told | None:
        """Find the object that has the key values of a representation."""
        type_ = self.schema.type_map[representation["__typename"]]
        assert type_.ast_node is not None, "Every type comes from the SDL."
        keys = [parse_field_set(fields_of(key)) for key in find_all(type_.ast_node, "key")]
        names = set(concrete_names(self.schema, type_))
        if find(type_.ast_node, "interfaceObject") is not None:
            names |= {facts["__typename"] for facts in self.world.objects.values()}
        for facts in self.world.objects.values():
            if facts["__typename"] not in names:
                continue
            for key in keys:
                true_key = self.world.pick(facts, key)
                if None not in true_key.values() and self.only(representation, key) == true_key:
                    typename = type_.name if find(type_.ast_node, "interfaceObject") is not None else None
                    return Told(facts, representation, typename=typename)
        return None


def concrete_names(schema: GraphQLSchema, type_: GraphQLNamedType) -> list[str]:
    if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
        return [possible.name for possible in schema.get_possible_types(type_)]
    return [type_.name]


def find(node: Any, name: str) -> DirectiveNode | None:
    return next(iter(find_all(node, name)), None)


def find_all(node: Any, name: str) -> list[DirectiveNode]:
    return [directive for directive in node.directives if directive.name.value == name]


def fields_of(directive: DirectiveNode) -> str:
    return next(a.value.value for a in directive.arguments if a.name.value == "fields")  # type: ignore[attr-defined, no-any-return]


class Seen(dict[str, Any]):
    """An object of the merged schema, and the one that it was reached from."""

    def __init__(self, facts: Mapping[str, Any], above: Seen | None) -> None:
        super().__init__(facts)
        self.above = above


def each_object(value: Any, change: Any) -> Any:
    if isinstance(value, list):
        return [each_object(inner, change) for inner in value]
    return change(value) if isinstance(value, dict) else value


@dataclass(frozen=True)
class Federation:
    """One suite: its supergraph, its subgraphs, and the truth."""

    name: str
    supergraph: Supergraph
    stand_ins: Mapping[str, SubgraphStandIn]
    world: World

    def ask(self, subgraph: str, operation: str, variables: dict[str, Any]) -> Mapping[str, Any]:
        return self.stand_ins[subgraph].answer(operation, variables)

    def truth(self, text: str, variables: dict[str, Any]) -> Any:
        """Answer a query on the merged schema."""
        result = execute_sync(
            self.supergraph.public_schema,
            parse(text),
            variable_values=variables,
            field_resolver=self.tell,
            type_resolver=lambda value, _info, _type: value["__typename"],
        )
        assert not result.errors, f"{result.errors}\n{text}"
        return result.data

    def tell(self, facts: Seen | None, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        if facts is None:
            facts = Seen(self.world.roots[info.parent_type.name], None)
        value = self.world.read(facts, info.field_name)
        taken = dict(self.take_from_contexts(facts, facts["__typename"], info.field_name))
        return each_object(mark(value, arguments | taken), lambda inner: Seen(inner, facts))

    def take_from_contexts(self, facts: Seen, type_name: str, field: str) -> Iterator[tuple[str, Any]]:
        """Find what the nearest objects above say, by the names of the arguments."""
        types = self.supergraph.types
        # What an interface object takes, it takes for every type of the interface.
        names = (type_name, *implemented(types[type_name]))
        for owners in [types[name].fields[field] for name in names if field in types[name].fields]:
            for argument in [argument for owned in owners.values() for argument in owned.contextual]:
                above = facts.above
                while above is not None and above["__typename"] not in argument.selections:
                    above = above.above
                assert above is not None, f"{type_name}.{field} is asked for where nothing sets its context."
                selection = argument.selections[above["__typename"]]
                if selection is not None:
                    yield argument.name, self.take(above, selection)

    def take(self, facts: Mapping[str, Any], selection: SelectionSetNode) -> Any:
        (node,) = selection.selections
        assert isinstance(node, FieldNode), "A value is selected field by field."
        value = facts["__typename"] if node.name.value == "__typename" else self.world.read(facts, node.name.value)
        inner = node.selection_set
        return value if inner is None else each(value, lambda item: self.take(item, inner))


@cache
def load_federation(name: str) -> Federation:
    folder = HERE / name
    world = World(json.loads((folder / "data.json").read_text()))
    sdls = {path.stem: path.read_text() for path in sorted(folder.glob("*.graphql"))}
    sdl = compose([SubgraphSource(name, f"http://{name}.test", LINK + text) for name, text in sdls.items()])
    supergraph = load_supergraph(sdl)
    for joined in supergraph.types.values():
        kinds = [joined.name, *(name for name, other in supergraph.types.items() if joined.name in implemented(other))]
        for field_name, owners in joined.fields.items():
            for owned in owners.values():
                if owned.requires is not None:
                    # What an interface object requires, it requires for every type of the interface.
                    world.requires |= {(kind, field_name): owned.requires for kind in kinds}
    stand_ins = {name: SubgraphStandIn(text, world) for name, text in sdls.items()}
    return Federation(name, supergraph, stand_ins, world)


def implemented(joined: JoinedType) -> frozenset[str]:
    return frozenset[str]().union(*joined.interfaces.values())
