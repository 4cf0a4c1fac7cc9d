"""Reading of a document's text where it is plain, several times faster than the library's parser does.

The library reads character by character, and notes for each node where it stands, which only errors need. Here one
regular expression cuts the text into tokens, and the nodes are the library's own, without locations. What is not plain
(comments, block strings, escapes, introspection, type definitions) and whatever is wrong is left to the library.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DefinitionNode,
    DirectiveNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListTypeNode,
    ListValueNode,
    NamedTypeNode,
    NameNode,
    NonNullTypeNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    TypeNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
)

# A character that begins no plain token is found as an empty one.
_TOKENS = re.compile(
    r"""[ \t\r\n,]*+(?:(
        (?!__(?:schema|type)\b)[_A-Za-z][_0-9A-Za-z]*+
      | [{}():$!=@\[\]] | \.\.\.
      | -?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+(?![0-9A-Za-z_.])
      | "[^"\\\x00-\x1f\ud800-\udfff]*+"(?!")
    )|(?s:.))""",
    re.VERBOSE,
)
_NAMES = frozenset("_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_NUMBERS = frozenset("-0123456789")
_OPERATIONS = {kind.value: kind for kind in OperationType}
_CONSTANTS: dict[str, Callable[[], ValueNode]] = {
    "true": lambda: BooleanValueNode(value=True),
    "false": lambda: BooleanValueNode(value=False),
    "null": NullValueNode,
}
_DEEPEST = 100
_Item = TypeVar("_Item")


class _NotPlain(Exception):
    """The library is to parse this."""


_Set: TypeAlias = Callable[[Any, Any], None]
# Nearly all nodes are fields and names, and the library's way to make a node asks at each attribute what is known here.
_new = object.__new__
_set_loc: _Set = vars(FieldNode.__mro__[2])["loc"].__set__
_set_value: _Set = vars(NameNode)["value"].__set__
_set_selections: _Set = vars(SelectionSetNode)["selections"].__set__
_set_directives: _Set = vars(SelectionNode)["directives"].__set__
_set_alias, _set_name, _set_arguments, _set_selection_set = (
    vars(FieldNode)[name].__set__ for name in ("alias", "name", "arguments", "selection_set")
)


def read_plain(text: str, max_tokens: int | None = None) -> DocumentNode | None:
    """Read a document, or say nothing of it; its nodes have no locations."""
    tokens: list[str] = _TOKENS.findall(text)
    if not tokens or "" in tokens or (max_tokens is not None and len(tokens) > max_tokens):
        return None
    tokens.append("")
    tokens.reverse()
    try:
        return DocumentNode(definitions=_Reader(tokens).definitions())
    except _NotPlain:
        return None


class _Reader:
    """Takes tokens from the end of a list whose first, an empty one, is none; raises `_NotPlain`."""

    __slots__ = ("_depth", "_tokens")

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._depth = 0

    def _expect(self, token: str) -> None:
        if self._tokens.pop() != token:
            raise _NotPlain

    def _may_take(self, token: str) -> bool:
        if self._tokens[-1] != token:
            return False
        self._tokens.pop()
        return True

    def _name(self) -> NameNode:
        word = self._tokens.pop()
        if word[:1] not in _NAMES:
            raise _NotPlain
        return _name_node(word)

    def _list(self, read: Callable[[], _Item], end: str) -> tuple[_Item, ...]:
        found = [read()]
        while not self._may_take(end):
            found.append(read())
        return tuple(found)

    # Definitions.

    def definitions(self) -> tuple[DefinitionNode, ...]:
        return self._list(self._definition, "")

    def _definition(self) -> DefinitionNode:
        if self._may_take("{"):
            return OperationDefinitionNode(
                operation=OperationType.QUERY, variable_definitions=(), directives=(), selection_set=self._selections()
            )
        keyword = self._tokens.pop()
        if keyword == "fragment":
            name = self._fragment_name()
            self._expect("on")
            condition = NamedTypeNode(name=self._name())
            directives = self._directives()
            return FragmentDefinitionNode(
                name=name, type_condition=condition, directives=directives, selection_set=self._inner()
            )
        if keyword not in _OPERATIONS:
            raise _NotPlain
        return OperationDefinitionNode(
            operation=_OPERATIONS[keyword],
            name=self._name() if self._tokens[-1][:1] in _NAMES else None,
            variable_definitions=self._list(self._variable_definition, ")") if self._may_take("(") else (),
            directives=self._directives(),
            selection_set=self._inner(),
        )

    def _variable_definition(self) -> VariableDefinitionNode:
        self._expect("$")
        variable = VariableNode(name=self._name())
        self._expect(":")
        type_ = self._type()
        default = self._value(constant=True) if self._may_take("=") else None
        directives = self._directives(constant=True)
        return VariableDefinitionNode(variable=variable, type=type_, default_value=default, directives=directives)

    def _type(self) -> TypeNode:
        found: TypeNode
        if self._may_take("["):
            self._enter()
            found = ListTypeNode(type=self._type())
            self._depth -= 1
            self._expect("]")
        else:
            found = NamedTypeNode(name=self._name())
        return NonNullTypeNode(type=found) if self._may_take("!") else found

    # Selections.

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _NotPlain

    def _inner(self) -> SelectionSetNode:
        self._expect("{")
        return self._selections()

    def _selections(self) -> SelectionSetNode:
        """Read a selection set whose brace has been taken."""
        self._enter()
        tokens = self._tokens
        found: list[SelectionNode] = []
        while (word := tokens.pop()) != "}":
            if word[:1] in _NAMES:
                found.append(self._field(word))
            elif word == "...":
                found.append(self._fragment())
            else:
                raise _NotPlain
        if not found:
            raise _NotPlain
        self._depth -= 1
        node: SelectionSetNode = _new(SelectionSetNode)
        _set_loc(node, None)
        _set_selections(node, tuple(found))
        return node

    def _field(self, word: str) -> FieldNode:
        tokens = self._tokens
        node: FieldNode = _new(FieldNode)
        name = _name_node(word)
        alias = None
        if tokens[-1] == ":":
            tokens.pop()
            alias, name = name, self._name()
        _set_loc(node, None)
        _set_alias(node, alias)
        _set_name(node, name)
        _set_arguments(node, self._arguments() if tokens[-1] == "(" else ())
        _set_directives(node, self._directives() if tokens[-1] == "@" else ())
        _set_selection_set(node, self._inner() if tokens[-1] == "{" else None)
        return node

    def _fragment(self) -> FragmentSpreadNode | InlineFragmentNode:
        """Read what comes after the dots."""
        condition = None
        if self._may_take("on"):
            condition = NamedTypeNode(name=self._name())
        elif self._tokens[-1][:1] in _NAMES:
            return FragmentSpreadNode(name=self._name(), directives=self._directives())
        directives = self._directives()
        return InlineFragmentNode(type_condition=condition, directives=directives, selection_set=self._inner())

    def _fragment_name(self) -> NameNode:
        if self._tokens[-1] == "on":
            raise _NotPlain
        return self._name()

    def _directives(self, *, constant: bool = False) -> tuple[DirectiveNode, ...]:
        found: list[DirectiveNode] = []
        while self._may_take("@"):
            found.append(DirectiveNode(name=self._name(), arguments=self._arguments(constant=constant)))
        return tuple(found)

    # Values.

    def _arguments(self, *, constant: bool = False) -> tuple[ArgumentNode, ...]:
        if not self._may_take("("):
            return ()
        return self._list(lambda: ArgumentNode(name=self._key(), value=self._value(constant=constant)), ")")

    def _key(self) -> NameNode:
        name = self._name()
        self._expect(":")
        return name

    def _value(self, *, constant: bool) -> ValueNode:
        word = self._tokens.pop()
        first = word[:1]
        if word == "$" and not constant:
            return VariableNode(name=self._name())
        if first in _NAMES:
            make = _CONSTANTS.get(word)
            return EnumValueNode(value=word) if make is None else make()
        if first in _NUMBERS:
            return IntValueNode(value=word) if word.lstrip("-").isdigit() else FloatValueNode(value=word)
        if first == '"':
            return StringValueNode(value=word[1:-1], block=False)
        return self._composite(word, constant=constant)

    def _composite(self, opening: str, *, constant: bool) -> ValueNode:
        self._enter()
        node: ValueNode
        if opening == "[":
            values: list[ValueNode] = []
            while not self._may_take("]"):
                values.append(self._value(constant=constant))
            node = ListValueNode(values=tuple(values))
        elif opening == "{":
            fields: list[ObjectFieldNode] = []
            while not self._may_take("}"):
                fields.append(ObjectFieldNode(name=self._key(), value=self._value(constant=constant)))
            node = ObjectValueNode(fields=tuple(fields))
        else:
            raise _NotPlain
        self._depth -= 1
        return node


def _name_node(value: str) -> NameNode:
    node: NameNode = _new(NameNode)
    _set_loc(node, None)
    _set_value(node, value)
    return node
