"""How the messages of the rules list things."""

from __future__ import annotations

from collections.abc import Iterable


def subgraph_names(names: Iterable[str]) -> str:
    """Return `subgraph "a"`, or `subgraphs "a", "b" and "c"`."""
    return listed("subgraph", (f'"{name}"' for name in names))


def type_names(names: Iterable[str]) -> str:
    return listed("type", (f'"{name}"' for name in names))


def listed(noun: str, things: Iterable[str]) -> str:
    """Return `noun a`, or `nouns a, b and c`."""
    parts = list(things)
    return f"{noun} {parts[0]}" if len(parts) == 1 else f"{noun}s {', '.join(parts[:-1])} and {parts[-1]}"


def disagreement(values: Iterable[tuple[str, str]]) -> str:
    """Say who has what, of (subgraph, value): `type "Int" in subgraph "a" and type "ID" in subgraphs "b" and "c"`."""
    by_value: dict[str, list[str]] = {}
    for subgraph, value in values:
        by_value.setdefault(value, []).append(subgraph)
    parts = [f"{value} in {subgraph_names(names)}" for value, names in by_value.items()]
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
