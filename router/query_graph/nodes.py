"""The query graph's parts: a node is a type in one subgraph, a move is a way on from it.

`FieldMove` asks the same subgraph for a field. `KeyMove` asks a subgraph for an entity by one of its keys. Downcasts go
from an abstract type to the concrete types that this subgraph may return for it. An interface object stands for every
type of its interface; it does not know which one an object is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import FieldNode, NameNode, SelectionSetNode

from router.supergraph import ContextualArgument

# The key of a root, of which there is one: that an object is there is all that must be known of it.
NOTHING = SelectionSetNode(selections=(FieldNode(name=NameNode(value="__typename"), arguments=(), directives=()),))


@dataclass(slots=True, eq=False)
class GraphNode:
    """One type in one subgraph, or a view of it where `@provides` has added fields.

    Built once with the graph and not changed after: nodes refer to each other in circles, so they cannot be frozen.
    `possible` holds the concrete types that objects here may be of, each with its node; an interface object has none.
    """

    id: int
    type_name: str
    subgraph: str
    is_abstract: bool
    is_interface_object: bool
    moves: dict[str, FieldMove] = field(default_factory=dict)
    possible: dict[str, GraphNode] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"{self.type_name}@{self.subgraph}"


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """What a field must be given: `requires` of its own object, `contextual` arguments of objects above."""

    requires: SelectionSetNode | None
    contextual: tuple[ContextualArgument, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FieldMove:
    """A field that this subgraph answers; `target` is None for a leaf, `demand` what must be sent for it."""

    name: str
    target: GraphNode | None
    demand: Demand | None


@dataclass(frozen=True, slots=True, eq=False)
class KeyMove:
    """An entrance to `target` for whoever knows the fields of `key`; `NOTHING` leads to a subgraph's root.

    `size` counts all fields of the key, those inside others too.
    """

    target: GraphNode
    key: SelectionSetNode
    size: int


Entrances = Mapping[str, tuple[KeyMove, ...]]
