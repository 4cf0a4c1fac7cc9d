"""What a supergraph SDL means, as plain data: two texts that mean the same give equal values, whatever their order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphql import (
    DirectiveDefinitionNode,
    DirectiveNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    ListValueNode,
    Node,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    ValueNode,
    parse,
    print_ast,
    strip_ignored_characters,
)

from router.composition.field_set import normal_form

_MACHINERY = ("join__", "link__")
_DEFAULTS = {("resolvable", "true"), ("extension", "false"), ("isInterfaceObject", "false")}
_FIELD_SETS = ("key", "requires", "provides")


def meaning(sdl: str) -> dict[str, Any]:
    """Return types, links and the directives that are not the join specification's own."""
    found: dict[str, Any] = {}
    for node in parse(sdl, no_location=True).definitions:
        match node:
            case SchemaDefinitionNode():
                found["schema"] = {
                    "roots": {root.operation.value: root.type.name.value for root in node.operation_types},
                    "links": _links(node.directives),
                }
            case TypeDefinitionNode() if node.name.value == "join__Graph" or not _is_machinery(node.name.value):
                found[node.name.value] = _type(node)
            case DirectiveDefinitionNode() if not _is_machinery(node.name.value) and node.name.value != "link":
                found[f"@{node.name.value}"] = print_ast(node)
    return found


def _is_machinery(name: str) -> bool:
    return name.startswith(_MACHINERY)


def _links(directives: Iterable[DirectiveNode]) -> list[str]:
    # Versions of the join specification differ only in what they can say; that is compared where it is said.
    return sorted(text for text in (print_ast(directive) for directive in directives) if "/join/" not in text)


def _type(node: TypeDefinitionNode) -> dict[str, Any]:
    return {
        "kind": node.kind,
        "description": _description(node),
        "directives": _directives(node.directives),
        "interfaces": sorted(interface.name.value for interface in getattr(node, "interfaces", ())),
        "members": sorted(member.name.value for member in getattr(node, "types", ())),
        "fields": {field.name.value: _field(field) for field in getattr(node, "fields", ())},
        "values": {
            value.name.value: [_description(value), _directives(value.directives)]
            for value in getattr(node, "values", ())
        },
    }


def _field(node: FieldDefinitionNode | InputValueDefinitionNode) -> dict[str, Any]:
    default = getattr(node, "default_value", None)
    return {
        "type": print_ast(node.type),
        "description": _description(node),
        "default": default and print_ast(default),
        "directives": _directives(node.directives),
        "arguments": {argument.name.value: _field(argument) for argument in getattr(node, "arguments", ())},
    }


def _description(node: Node) -> str | None:
    description = getattr(node, "description", None)
    return description.value if description else None


def _directives(directives: Iterable[DirectiveNode]) -> list[str]:
    return sorted(f"{directive.name.value}({_arguments(directive)})" for directive in directives)


def _arguments(directive: DirectiveNode) -> list[tuple[str, str]]:
    return sorted(
        (argument.name.value, _value(argument.name.value, argument.value))
        for argument in directive.arguments
        if (argument.name.value, print_ast(argument.value)) not in _DEFAULTS
    )


def _value(name: str, node: ValueNode) -> str:
    text = getattr(node, "value", None)
    if name in _FIELD_SETS and isinstance(text, str):
        return str(sorted(normal_form(text)))
    if isinstance(node, ListValueNode):
        return str(sorted(print_ast(item) for item in node.values))
    return strip_ignored_characters(f"{{f(a: {print_ast(node)})}}")


def differences(ours: str, theirs: str) -> list[str]:
    """List where two supergraphs differ in meaning, as `path: ours | theirs`."""
    return sorted(_differences("", meaning(ours), meaning(theirs)))


def _differences(path: str, ours: Any, theirs: Any) -> Iterable[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in ours.keys() | theirs.keys():
            yield from _differences(f"{path}.{key}" if path else key, ours.get(key), theirs.get(key))
    elif ours != theirs:
        yield f"{path}: {ours} | {theirs}"
