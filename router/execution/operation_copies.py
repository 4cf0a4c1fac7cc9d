"""Copies of an operation's root fields, each with variables of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    strip_ignored_characters,
    visit,
)


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a root field: the key of its answer, and the names of the variables that were asked to be its own."""

    alias: str
    variables: tuple[str, ...]
    field: FieldNode


class OperationCopier:
    """Makes copies of the root fields of one operation, and operations of these."""

    def __init__(self, operation: str) -> None:
        self._text = operation
        definition = parse(operation, no_location=True).definitions[0]
        assert isinstance(definition, OperationDefinitionNode), "A fetch's operation stands alone."
        self._definition = definition
        self._declared = {node.variable.name.value: node for node in definition.variable_definitions}
        self._fields = {
            (field.alias or field.name).value: field
            for field in definition.selection_set.selections
            if isinstance(field, FieldNode)
        }
        self._made: dict[str, str] = {}

    def copy(self, alias: str, variables: Sequence[str], number: int | None) -> Copy:
        """Copy the field under a key, with the number in all names; without one, leave all as it is."""
        field = self._fields[alias]
        if number is None:
            return Copy(alias, tuple(variables), field)
        names = {variable: self._fresh(f"{variable}_{number}") for variable in variables}
        for variable, name in names.items():
            self._made[name] = variable
        renamed = visit(field, _Renaming(names))
        own = NameNode(value=f"_{number}")
        return Copy(own.value, tuple(names.values()), FieldNode(**{**_parts_of(renamed), "alias": own}))

    def _fresh(self, name: str) -> str:
        """Find a name that no variable of the client's has."""
        while name in self._declared:
            name += "_"
        return name

    def write(self, copies: Sequence[Copy]) -> tuple[str, frozenset[str]]:
        """Write the operation of some copies, and tell which variables it uses."""
        used = _Using()
        for one in copies:
            visit(one.field, used)
        if [one.field for one in copies] == [*self._fields.values()]:
            return self._text, frozenset(used.names)
        definitions = [self._define(name) for name in used.names]
        written = OperationDefinitionNode(
            operation=self._definition.operation,
            name=None,
            variable_definitions=tuple(definitions),
            directives=(),
            selection_set=SelectionSetNode(selections=tuple(one.field for one in copies)),
        )
        return strip_ignored_characters(print_ast(written)), frozenset(used.names)

    def _define(self, name: str) -> VariableDefinitionNode:
        declared = self._declared[self._made.get(name, name)]
        variable = VariableNode(name=NameNode(value=name))
        return VariableDefinitionNode(**{**_parts_of(declared), "variable": variable})


def _parts_of(node: Any) -> dict[str, Any]:
    return {key: getattr(node, key) for key in node.keys}


class _Renaming(Visitor):
    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self.names = names

    def enter_variable(self, node: VariableNode, *_: Any) -> VariableNode | None:
        name = self.names.get(node.name.value)
        return None if name is None else VariableNode(name=NameNode(value=name))


class _Using(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.names[node.name.value] = None
