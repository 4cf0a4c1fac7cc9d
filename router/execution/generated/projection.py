"""Writes the function that makes the client's data from the merged data of subgraphs, where nothing is amiss.

One function for each object type that a selection set may meet: one dict display each, no look-ups of types or
directives left. For `user { name pets { id } }`, where `id` is `ID!`:

    def n2(o):
        if o.__class__ is not dict: raise Unexpected
        v1 = o.get('pets')
        return {
            'name': o.get('name'),
            'pets': None if v1 is None else [None if v1i is None else n1(v1i) for v1i in n0(v1)],
        }

The code is optimistic. Whatever it does not expect (a null in a non-null field, an unknown type or enum value, a list
that is none) makes it raise, and the response is completed by `completion` instead, which finds out what is wrong and
says so. `@skip` and `@include` are decided when the code is written: there is one function for each combination of
their variables that occurs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    Node,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.collect_fields import collect_fields, collect_sub_fields

from router.execution.generated.source import Source
from router.execution.runtime_types import ObjectLike, runtime_type
from router.operation import Operation

Project: TypeAlias = Callable[[Any], dict[str, Any]]
_USES_BEFORE_COMPILING = 1
_MAX_VARIANTS = 64


class _Unexpected(Exception):
    """The data is not what the generated code was written for."""


class _ConditionVariables(Visitor):
    """Collects the variables of `@skip` and `@include`."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_directive(self, node: Any, *_: Any) -> None:
        if node.name.value in {"skip", "include"}:
            for argument in node.arguments:
                if isinstance(argument.value, VariableNode):
                    self.names[argument.value.name.value] = None


def condition_variables(nodes: Sequence[Node]) -> tuple[str, ...]:
    """Name the variables that decide which fields are there."""
    visitor = _ConditionVariables()
    for node in nodes:
        visit(node, visitor)
    return tuple(visitor.names)


class Projector:
    """The generated code of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: Operation) -> None:
        self._schema = schema
        self._operation = operation
        self._conditions: tuple[str, ...] | None = None
        self._variants: dict[tuple[Any, ...], Project] = {}
        self._uses = 0
        self.sources: list[Source] = []

    def project(self, variables: Mapping[str, Any], data: dict[str, Any]) -> dict[str, Any] | None:
        """Make the client's data, or None where the careful way must be taken."""
        if self._conditions is None:
            self._uses += 1
            if self._uses <= _USES_BEFORE_COMPILING:
                return None
            self._conditions = condition_variables([self._operation.definition, *self._operation.fragments.values()])
        key = tuple([variables.get(name) for name in self._conditions]) if self._conditions else ()
        variant = self._variants.get(key)
        if variant is None:
            if len(self._variants) >= _MAX_VARIANTS:
                return None
            variant = self._variants[key] = self._write(variables)
        try:
            return variant(data)
        except (_Unexpected, KeyError, TypeError, AttributeError):
            return None

    def _write(self, variables: Mapping[str, Any]) -> Project:
        writer = ProjectionWriter(self._schema, self._operation, variables)
        self.sources.append(writer.source)
        return writer.write()


class _Dispatch(dict[str | None, Project]):
    """The functions for an abstract type's possible types, each written when it first occurs."""

    def __init__(self, write: Callable[[str | None], Project]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, typename: str | None) -> Project:
        written = self[typename] = self._write(typename)
        return written


class ProjectionWriter:
    """Writes the functions of one variant."""

    def __init__(self, schema: GraphQLSchema, operation: Operation, variables: Mapping[str, Any]) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = dict(operation.fragments)
        self._variables = dict(variables)
        self._known: dict[tuple[str, tuple[int, ...]], str] = {}
        self.source = Source("projection")
        self._unexpected = self.source.name(_Unexpected)

    def write(self) -> Project:
        root = self._operation.root_type
        selection_set = self._operation.definition.selection_set
        fields = collect_fields(self._schema, self._fragments, self._variables, root, selection_set)
        name = self._write_object(root, fields)
        function: Project = self.source.get(name)
        return function

    def _object(self, object_type: ObjectLike, nodes: list[FieldNode]) -> str:
        key = (object_type.name, tuple(id(node) for node in nodes))
        known = self._known.get(key)
        if known is None:
            runtime = cast("Any", object_type)
            fields = collect_sub_fields(self._schema, self._fragments, self._variables, runtime, nodes)
            known = self._known[key] = self._write_object(object_type, fields)
        return known

    def _write_object(self, object_type: ObjectLike, fields: dict[str, list[FieldNode]]) -> str:
        lines = [f"    if o.__class__ is not dict: raise {self._unexpected}"]
        display: list[str] = []
        for index, (response_name, nodes) in enumerate(fields.items()):
            field_name = nodes[0].name.value
            if field_name == "__typename":
                if not isinstance(object_type, GraphQLObjectType):
                    lines.append(f"    raise {self._unexpected}")
                display.append(f"{response_name!r}: {object_type.name!r}")
                continue
            local = f"v{index}"
            written, value = self._write_field(local, response_name, object_type.fields[field_name].type, nodes)
            lines += [f"    {line}" for line in written]
            display.append(f"{response_name!r}: {value}")
        return self.source.define("o", [*lines, f"    return {{{', '.join(display)}}}"], object_type.name)

    def _write_field(
        self, local: str, response_name: str, expected: GraphQLOutputType, nodes: list[FieldNode]
    ) -> tuple[list[str], str]:
        """Write the lines that come before the dict display, and the expression in it."""
        if isinstance(expected, GraphQLNonNull):
            lines = [f"{local} = o[{response_name!r}]", f"if {local} is None: raise {self._unexpected}"]
            return lines, self._convert(expected.of_type, nodes, local)
        convert = self._convert(expected, nodes, local)
        if convert == local:
            return [], f"o.get({response_name!r})"
        return [f"{local} = o.get({response_name!r})"], f"None if {local} is None else {convert}"

    def _convert(self, expected: GraphQLOutputType, nodes: list[FieldNode], variable: str) -> str:
        """Write an expression for the completed value of `variable`, which is not null; for scalars, itself."""
        if isinstance(expected, GraphQLObjectType):
            return f"{self._object(expected, nodes)}({variable})"
        if isinstance(expected, GraphQLInterfaceType | GraphQLUnionType):
            return f"{self._dispatch(expected, nodes)}[{variable}.get('__typename')]({variable})"
        if isinstance(expected, GraphQLEnumType):
            return f"{self.source.name({name: name for name in expected.values})}[{variable}]"
        if isinstance(expected, GraphQLList):
            return self._convert_list(expected, nodes, variable)
        return variable

    def _convert_list(self, expected: GraphQLList[Any], nodes: list[FieldNode], variable: str) -> str:
        item, inner = expected.of_type, f"{variable}i"
        required = isinstance(item, GraphQLNonNull)
        convert = self._convert(item.of_type if required else item, nodes, inner)
        if convert == inner:
            check = self.source.name(_full_list if required else _plain_list)
            return f"{check}({variable})"
        guarded = convert if required else f"None if {inner} is None else {convert}"
        return f"[{guarded} for {inner} in {self.source.name(_plain_list)}({variable})]"

    def _dispatch(self, expected: GraphQLInterfaceType | GraphQLUnionType, nodes: list[FieldNode]) -> str:
        def write(typename: str | None) -> Project:
            runtime = runtime_type(self._schema, expected, typename)
            if runtime is None:
                raise _Unexpected
            function: Project = self.source.get(self._object(runtime, nodes))
            return function

        return self.source.name(_Dispatch(write))


def _plain_list(value: Any) -> list[Any]:
    if value.__class__ is not list:
        raise _Unexpected
    items: list[Any] = value
    return items


def _full_list(value: Any) -> list[Any]:
    if value.__class__ is not list or None in value:
        raise _Unexpected
    items: list[Any] = value
    return items
