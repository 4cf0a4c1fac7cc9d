"""Constants of the schema language: from the syntax tree to `Literal`, and from Python values to `Literal`."""

from __future__ import annotations

import json
from typing import Any

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
)

from router.composition.model import Literal


def literal(node: ValueNode) -> Literal:
    """Read a constant; block strings become plain ones."""
    match node:
        case StringValueNode(value=text):
            made = string_literal(text)
        case EnumValueNode(value=text):
            made = enum_literal(text)
        case IntValueNode(value=text):
            made = Literal("int", int(text), text)
        case FloatValueNode(value=text):
            made = Literal("float", float(text), text)
        case BooleanValueNode(value=flag):
            made = boolean_literal(flag)
        case ListValueNode(values=items):
            made = list_literal([literal(item) for item in items])
        case ObjectValueNode(fields=fields):
            made = object_literal({part.name.value: literal(part.value) for part in fields})
        case _:
            assert isinstance(node, NullValueNode), "The schema language has no other kind of constant."
            made = Literal("null", None, "null")
    return made


def string_literal(text: str) -> Literal:
    return Literal("string", text, json.dumps(text, ensure_ascii=False))


def enum_literal(text: str) -> Literal:
    return Literal("enum", text, text)


def boolean_literal(flag: bool) -> Literal:
    return Literal("boolean", flag, "true" if flag else "false")


def list_literal(items: list[Literal]) -> Literal:
    return Literal("list", [item.value for item in items], f"[{', '.join(item.text for item in items)}]")


def object_literal(fields: dict[str, Literal]) -> Literal:
    text = ", ".join(f"{name}: {field.text}" for name, field in fields.items())
    return Literal("object", {name: field.value for name, field in fields.items()}, f"{{{text}}}")


def to_literal(value: Any) -> Literal:
    """Make a constant of a JSON-like Python value (strings become strings, not enum values)."""
    match value:
        case None:
            return Literal("null", None, "null")
        case bool():
            return boolean_literal(value)
        case int() | float():
            return Literal("int" if isinstance(value, int) else "float", value, str(value))
        case str():
            return string_literal(value)
        case list() | tuple():
            return list_literal([to_literal(item) for item in value])
        case _:
            raise AssertionError("No directive argument that is merged holds another kind of value.")
