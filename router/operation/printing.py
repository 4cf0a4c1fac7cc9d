"""Printing of values and types: what is simple at once, all else by the library, whose printer takes far more steps."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import (
    ArgumentNode,
    EnumValueNode,
    IntValueNode,
    NamedTypeNode,
    NonNullTypeNode,
    StringValueNode,
    TypeNode,
    ValueNode,
    VariableNode,
    print_ast,
)
from graphql.language.print_string import print_string


def print_arguments(nodes: Iterable[ArgumentNode]) -> str:
    """Write arguments in one order, however the client orders them."""
    return ",".join(sorted([f"{node.name.value}: {print_value(node.value)}" for node in nodes]))


def print_value(node: ValueNode) -> str:
    if isinstance(node, VariableNode):
        return f"${node.name.value}"
    if isinstance(node, IntValueNode | EnumValueNode):
        return node.value
    if isinstance(node, StringValueNode) and not node.block:
        return print_string(node.value)
    return print_ast(node)


def print_type(node: TypeNode) -> str:
    if isinstance(node, NonNullTypeNode):
        return f"{print_type(node.type)}!"
    if isinstance(node, NamedTypeNode):
        return node.name.value
    return print_ast(node)
