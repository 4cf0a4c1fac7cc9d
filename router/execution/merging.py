"""Merging of subgraph data into the response so far.

NOTE: Objects merge key by key and lists element by element; null never replaces what is known, since another subgraph
may have answered; any other value replaces. `__typename` is special: a subgraph with an interface object answers with
the interface's name, which must not replace the concrete type that another subgraph knew.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

_CONTAINERS = (dict, list)


def merge_everywhere(
    targets: Sequence[dict[str, Any]], entity: dict[str, Any], abstract_types: AbstractSet[str], *, shareable: bool
) -> None:
    """Merge `entity` into each target. They share its inner objects only where `shareable`, else each gets its own."""
    sharing = shareable or not any(value.__class__ in _CONTAINERS for value in entity.values())
    last = len(targets) - 1
    for index, target in enumerate(targets):
        source = entity if sharing or index == last else copy_json(entity)
        if target.keys().isdisjoint(source):
            target.update(source)
        else:
            merge_object(target, source, abstract_types)


def merge_object(target: dict[str, Any], source: dict[str, Any], abstract_types: AbstractSet[str]) -> None:
    """Merge `source` into `target`; `source` must not be used afterwards, its parts now belong to `target`."""
    for key, value in source.items():
        known = target.get(key)
        if known is None:
            target[key] = value
        elif value is None:
            continue
        elif value.__class__ is dict and known.__class__ is dict:
            merge_object(known, value, abstract_types)
        elif value.__class__ is list and known.__class__ is list:
            _merge_list(known, value, abstract_types)
        elif key != "__typename" or value not in abstract_types:
            target[key] = value


def _merge_list(target: list[Any], source: list[Any], abstract_types: AbstractSet[str]) -> None:
    if len(target) != len(source):
        target[:] = source
        return
    for index, value in enumerate(source):
        known = target[index]
        if value.__class__ is dict and known.__class__ is dict:
            merge_object(known, value, abstract_types)
        elif value.__class__ is list and known.__class__ is list:
            _merge_list(known, value, abstract_types)
        elif value is not None:
            target[index] = value


def copy_json(value: Any) -> Any:
    """Copy a tree of JSON values, so that two places of the response can grow apart."""
    if value.__class__ is dict:
        return {key: copy_json(inner) for key, inner in value.items()}
    if value.__class__ is list:
        return [copy_json(inner) for inner in value]
    return value
