"""Random documents that are mostly valid: written by the schema, with a slip here and there."""

from __future__ import annotations

from typing import Any

from graphql import EnumValueNode, GraphQLSchema, build_schema, get_named_type, is_composite_type
from graphql.pyutils import Undefined
from hypothesis import strategies as st

SCHEMA = build_schema("""
type Query {
  node(id: ID!, deep: Boolean = false): Node
  things(first: Int! = 3, tags: [String!], filter: Filter, colour: Colour): [Thing!]!
  pet: Pet
  count(of: Filter!, any: Any): Int
  name: String
  title: String
  strict: String!
  either(by: Either): Int
}
type Mutation { name(to: String!): String }
type Subscription { name: String }
interface Node { id: ID! name: String self: Node }
type Thing implements Node { id: ID! name: String self: Thing size(unit: Colour = RED): Int pets: [Pet] }
type Cat implements Node { id: ID! name: String! self: Node lives: Int owner: Thing }
type Dog { name: String bark(loud: Boolean!): String size: Float }
union Pet = Cat | Dog
enum Colour { RED GREEN }
input Filter { text: String! = "a" sizes: [Int!] colour: Colour inner: Filter must: Boolean! }
input Either @oneOf { a: Int b: String }
scalar Any
directive @mark(text: String) on FIELD | QUERY | VARIABLE_DEFINITION | FRAGMENT_DEFINITION
""")


def _read_any(node: Any, _: object = None) -> object:
    return Undefined if isinstance(node, EnumValueNode) else node


scalar: Any = SCHEMA.type_map["Any"]
scalar.parse_literal = _read_any
VARIABLES = {
    "id": ["$id: ID!", "$id: ID", "$id: String!", '$id: ID = "a"'],
    "n": ["$n: Int = 1", "$n: Int", "$n: Int!", "$n: Int = null", '$n: Int = "x"', "$n: Int! = null", "$n: Float"],
    "f": ["$f: Filter!", "$f: Filter", "$f: [Filter]", "$f: Filter! = { must: true }", "$f: Filter! = {}"],
    "b": ["$b: Boolean!", "$b: Boolean = true", "$b: Boolean", "$b: Thing", "$b: Nothing", "$b: Boolean! @mark"],
    "l": ["$l: [String!]", "$l: [String]", "$l: String", '$l: [String!] = ["a"]', "$l: [String!]!"],
}
VALUES = {
    "ID!": ["$id", '"a"', "1", "null", "true", "$n"],
    "Boolean": ["true", "$b", "null", "1", "$id"],
    "Boolean!": ["false", "$b", "null", "$undefined"],
    "Int!": ["1", "$n", "null", "2147483648", "1.5", '"1"'],
    "Int": ["2", "$n", "null", "RED"],
    "[String!]": ["$l", '["a", "b"]', "[]", '"a"', "[null]", "null", '["a", $id]', "{ a: 1 }", "[$n]"],
    "Filter": ["$f", "{ must: true }", "{ must: $b, sizes: [1, $n] }", "{}", "{ must: true, must: true }"],
    "Filter!": ["$f", "{ must: false, inner: { must: $b, colour: RED } }", "{ must: 1 }", "[]", "{ must: true, x: 1 }"],
    "Colour": ["RED", "GREEN", "BLUE", '"RED"', "$n", "null"],
    "Any": ["1", "$n", '"a"', "[1, $n]", "{ a: $undefined }", "null", "RED"],
    "String!": ['"a"', "$id", "null", "1"],
    "String": ['"a"', "$id", "null", "1"],
    "Either": ["{ a: 1 }", "{ a: 1, b: null }", "{ a: $n }", "null", "{}"],
}
DIRECTIVES = [" @include(if: $b)", " @skip(if: true)", " @skip(if: $b) @include(if: false)"]
BAD_DIRECTIVES = [
    " @skip",
    " @skip(if: 1)",
    " @skip(if: true) @skip(if: true)",
    " @mark",
    " @nothing",
    " @skip(if: true, x: 1)",
]
TYPES = ["Query", "Node", "Thing", "Cat", "Dog", "Pet"]


class DocumentWriter:
    """Writes one random document; every choice is drawn from hypothesis, so failures shrink."""

    def __init__(self, draw: st.DrawFn, schema: GraphQLSchema = SCHEMA) -> None:
        self._schema: Any = schema
        self._draw = draw
        self._spread: set[str] = set()

    def write(self) -> str:
        root = self._one_of(["query", "mutation"], often=1)
        body = self._selections(self._schema.type_map[root.title()], 3)
        waiting, written = sorted(self._spread), ""
        for name in waiting if not self._slips() else []:
            kind = name[1:] if not self._slips() else self._one_of([*TYPES, "Filter", "Nothing"])
            inner = self._selections(self._schema.type_map[name[1:]], 1)
            written += f" fragment {name} on {kind} {inner}"
        if self._slips():
            written += self._one_of([" fragment FThing on Thing { id }", " query Other { name }", " { name }"])
        definitions = [self._one_of(ways, often=1) for name, ways in VARIABLES.items() if f"${name}" in body + written]
        if self._slips():
            definitions.append(self._one_of(["$id: ID", "$unused: Int"]))
        variables = f"({', '.join(definitions)})" if definitions else ""
        return f"{root} Named{variables} {body}{written}"

    def _slips(self) -> bool:
        return self._draw(st.integers(0, 19)) == 19

    def _one_of(self, ways: list[str], *, often: int = 0) -> str:
        """Choose; only by a slip another than the first few."""
        return self._draw(st.sampled_from(ways[:often] if often and not self._slips() else ways))

    def _selections(self, type_: Any, depth: int) -> str:
        count = self._draw(st.integers(1, 3))
        return "{ " + " ".join(self._selection(type_, depth) for _ in range(count)) + " }"

    def _selection(self, type_: Any, depth: int) -> str:
        conditions = self._draw(st.sampled_from(["", "", "", *DIRECTIVES]))
        if self._slips():
            conditions = self._one_of(BAD_DIRECTIVES)
        kind = self._draw(st.integers(0, 5))
        near = self._near(type_)
        if kind == 0 and depth > 0:
            target = self._one_of(near if not self._slips() else TYPES)
            on = f"on {target}" if self._draw(st.booleans()) or target != type_.name else ""
            return f"... {on}{conditions} {self._selections(self._schema.type_map[target], depth - 1)}"
        if kind == 1:
            name = "F" + self._one_of(near if not self._slips() else TYPES)
            self._spread.add(name)
            return f"...{name}{conditions}"
        return self._field(type_, depth, conditions)

    def _near(self, type_: Any) -> list[str]:
        possible = {"Node": ["Node", "Thing", "Cat"], "Pet": ["Pet", "Cat", "Dog", "Node"]}
        return possible.get(type_.name, [type_.name])

    def _field(self, type_: Any, depth: int, conditions: str) -> str:
        fields = getattr(type_, "fields", {})
        names = [
            name for name, field in fields.items() if depth > 0 or not is_composite_type(get_named_type(field.type))
        ]
        name = self._draw(st.sampled_from([*names, "__typename"]))
        alias = self._draw(st.sampled_from(["", "", "", "x: ", "name: "]))
        if self._slips():
            name = self._one_of(["nothing", "id", "name", "__schema", "__typename"])
        field = fields.get(name)
        if field is None:
            return f"{alias}{name}{conditions}"
        below = is_composite_type(get_named_type(field.type)) is not self._slips()
        inner = self._selections(get_named_type(field.type), depth - 1) if below and depth > -2 else ""
        return f"{alias}{name}{self._arguments(field)}{conditions} {inner}"

    def _arguments(self, field: Any) -> str:
        given: list[str] = []
        for name, argument in field.args.items():
            required = str(argument.type).endswith("!")
            if required is not self._slips() or self._draw(st.integers(0, 2)) == 0:
                given.append(f"{name}: {self._one_of(VALUES[str(argument.type)], often=3)}")
        if self._slips():
            given += self._one_of(["nothing: 1", "id: 1", "first: 1"]).split("|")
        return f"({', '.join(given)})" if given else ""


@st.composite
def documents(draw: st.DrawFn) -> str:
    return DocumentWriter(draw).write()
