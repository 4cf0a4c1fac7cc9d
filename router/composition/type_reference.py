"""References to types, as in `[Product!]!`: read from the syntax tree, printed, compared, ordered by subtyping."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from graphql import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode


@dataclass(frozen=True, slots=True)
class TypeReference:
    """A named type (`item` is None) or a list of `item`; either may be non-null."""

    name: str
    item: TypeReference | None = None
    non_null: bool = False

    def __str__(self) -> str:
        text = self.name if self.item is None else f"[{self.item}]"
        return f"{text}!" if self.non_null else text

    @property
    def nullable(self) -> TypeReference:
        return replace(self, non_null=False)

    @property
    def is_list(self) -> bool:
        return self.item is not None

    def rename(self, names: dict[str, str]) -> TypeReference:
        item = None if self.item is None else self.item.rename(names)
        return replace(self, name=names.get(self.name, self.name), item=item)


def type_reference(node: TypeNode) -> TypeReference:
    """Read a reference from the syntax tree."""
    match node:
        case NonNullTypeNode(type=inner):
            return replace(type_reference(inner), non_null=True)
        case ListTypeNode(type=inner):
            item = type_reference(inner)
            return TypeReference(item.name, item)
        case NamedTypeNode(name=name):
            return TypeReference(name.value)
        case _:
            raise AssertionError("GraphQL has no other kind of type reference.")


def is_subtype(
    narrow: TypeReference, wide: TypeReference, is_named_subtype: Callable[[str, str], bool], *, lists: bool = True
) -> bool:
    """Say whether a value of `narrow` is always a value of `wide` (equality included)."""
    if wide.non_null and not narrow.non_null:
        return False
    if (narrow.item is None) != (wide.item is None):
        return False
    if narrow.item is not None and wide.item is not None:
        return is_subtype(narrow.item, wide.item, is_named_subtype, lists=lists)
    return narrow.name == wide.name or is_named_subtype(narrow.name, wide.name)
