"""The parts of the selection tree: positions, selections, and the conditions that keep a selection in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from graphql import ArgumentNode, BooleanValueNode, DirectiveNode, GraphQLNamedType, VariableNode, is_abstract_type

# The variables that must be true or false for a selection to be kept, sorted by name.
Conditions: TypeAlias = tuple[tuple[str, bool], ...]
NO_CONDITIONS: Conditions = ()
TYPENAME = "__typename"


class Position:
    """A place in the response where an object of `type` stands: below `field`, or a branch of the position `outer`."""

    __slots__ = ("branches", "field", "fields", "id", "is_abstract", "outer", "path", "type")

    def __init__(
        self,
        number: int,
        type_: GraphQLNamedType,
        field: Selection | None,
        outer: Position | None,
        path: tuple[str, ...],
    ) -> None:
        self.id = number
        self.type = type_
        self.is_abstract = is_abstract_type(type_)
        self.field = field
        self.outer = outer
        self.path = path
        self.fields: list[Selection] = []
        self.branches: dict[str, Position] = {}

    @property
    def above(self) -> Position | None:
        """The position that this one is reached from."""
        if self.outer is not None:
            return self.outer
        return None if self.field is None else self.field.position

    def __repr__(self) -> str:
        return f"<{'.'.join(self.path)}: {self.type.name}>"


class Selection:
    """One field at one position; `child` is where its objects stand, None for a leaf."""

    __slots__ = (
        "arguments",
        "arguments_text",
        "child",
        "conditions",
        "copies",
        "hidden",
        "id",
        "key",
        "name",
        "position",
    )

    def __init__(
        self,
        number: int,
        position: Position,
        *,
        key: str,
        name: str,
        arguments: tuple[ArgumentNode, ...],
        arguments_text: str,
        conditions: Conditions,
        hidden: bool,
    ) -> None:
        self.id = number
        self.position = position
        self.key = key
        self.name = name
        self.arguments = arguments
        self.arguments_text = arguments_text
        self.conditions = conditions
        self.hidden = hidden
        self.child: Position | None = None
        self.copies: dict[int, Selection] = {}

    def __repr__(self) -> str:
        return f"<{self.position!r} {self.key}>"


def add_conditions(before: Conditions, more: Conditions) -> Conditions | None:
    """Both together; None where they contradict each other."""
    if not more or more == before:
        return before
    merged = dict(before)
    for variable, value in more:
        if merged.setdefault(variable, value) is not value:
            return None
    return tuple(sorted(merged.items()))


def read_conditions(directives: Iterable[DirectiveNode]) -> Conditions | None:
    """Read what `@skip` and `@include` ask for; None where they say never."""
    conditions: Conditions = NO_CONDITIONS
    for directive in directives:
        if directive.name.value not in {"skip", "include"}:
            continue
        wanted = directive.name.value == "include"
        value = directive.arguments[0].value
        if isinstance(value, VariableNode):
            both = add_conditions(conditions, ((value.name.value, wanted),))
            if both is None:
                return None
            conditions = both
        elif isinstance(value, BooleanValueNode) and value.value is not wanted:
            return None
    return conditions
