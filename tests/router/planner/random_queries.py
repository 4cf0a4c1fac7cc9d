"""Random operations on a schema, for hypothesis: valid ones, with fragments, aliases, arguments and conditions."""

from __future__ import annotations

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    parse,
    validate,
)
from hypothesis import assume
from hypothesis import strategies as st

VARIABLES = "$yes: Boolean = true, $no: Boolean! = false"
VALUES = {"String": ('"EUR"', '"USD"'), "Boolean": ("true", "$yes"), "Int": ("1", "2"), "ID": ('"a"',)}
CONDITIONS = ("", "", "", "", "", " @include(if: $yes)", " @include(if: $no)", " @skip(if: $yes)", " @skip(if: $no)")


class QueryWriter:
    """Writes one random operation; every choice is drawn from hypothesis, so failures shrink."""

    def __init__(self, schema: GraphQLSchema, draw: st.DrawFn) -> None:
        self.schema = schema
        self.draw = draw

    def write(self) -> str:
        assert self.schema.query_type is not None, "Every federation has queries."
        return f"query({VARIABLES}) {self.selections(self.schema.query_type, 4)}"

    def selections(self, type_: GraphQLNamedType, depth: int) -> str:
        count = self.draw(st.integers(1, 3))
        return "{ " + " ".join(self.selection(type_, depth) for _ in range(count)) + " }"

    def selection(self, type_: GraphQLNamedType, depth: int) -> str:
        conditions = self.draw(st.sampled_from(CONDITIONS))
        targets = self.fragment_types(type_)
        if targets and depth > 0 and self.draw(st.integers(0, 2)) == 0:
            target = self.draw(st.sampled_from(targets))
            return f"... on {target.name}{conditions} {self.selections(target, depth - 1)}"
        if isinstance(type_, GraphQLUnionType):
            return "__typename" + conditions
        assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType), "Only composite types are selected from."
        fields = {
            name: f for name, f in type_.fields.items() if depth > 0 or not is_composite_type(get_named_type(f.type))
        }
        choices = [*fields, *(["__typename"] if type_ is not self.schema.query_type else [])]
        assume(choices)
        name = self.draw(st.sampled_from(choices))
        alias = self.draw(st.sampled_from(("", "", "", "x: ", "id: ")))
        if name == "__typename":
            return f"{alias}{name}{conditions}"
        return f"{alias}{name}{self.arguments(fields[name])}{conditions}{self.below(fields[name], depth)}"

    def below(self, field: GraphQLField, depth: int) -> str:
        target = get_named_type(field.type)
        return " " + self.selections(target, depth - 1) if is_composite_type(target) else ""

    def arguments(self, field: GraphQLField) -> str:
        given = [
            f"{name}: {self.draw(st.sampled_from(VALUES[str(argument.type).removesuffix('!')]))}"
            for name, argument in field.args.items()
        ]
        return f"({', '.join(given)})" if given else ""

    def fragment_types(self, type_: GraphQLNamedType) -> list[GraphQLNamedType]:
        if isinstance(type_, GraphQLObjectType):
            return [*type_.interfaces]
        if isinstance(type_, GraphQLInterfaceType):
            return [*self.schema.get_possible_types(type_), *self.schema.get_implementations(type_).interfaces]
        assert isinstance(type_, GraphQLUnionType), "Only composite types are narrowed."
        return [*type_.types]


@st.composite
def operations(draw: st.DrawFn, schema: GraphQLSchema) -> str:
    """Draw a valid operation on a schema."""
    text = QueryWriter(schema, draw).write()
    assume(
        not validate(
            schema, parse(text.replace(f"query({VARIABLES})", f"query({used(text)})" if used(text) else "query"))
        )
    )
    return text.replace(f"query({VARIABLES})", f"query({used(text)})" if used(text) else "query")


def used(text: str) -> str:
    body = text.split("{", 1)[1]
    declared = {"$yes": "$yes: Boolean! = true", "$no": "$no: Boolean! = false"}
    return ", ".join(declaration for name, declaration in declared.items() if name in body)
