"""What operations are weighed by: `@cost` and `@listSize` of the supergraph.

NOTE: Elements are named by their coordinates: `Type`, `Type.field`, `Type.field(argument:)`, `Input.field`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from graphql import DirectiveNode, DocumentNode, TypeDefinitionNode

from router.errors import SupergraphError
from router.supergraph.features import read_arguments


@dataclass(frozen=True, slots=True)
class ListSize:
    """How long a list may be: the largest of its slicing arguments, else as assumed; or that of the fields below."""

    assumed: int | None
    slicing: tuple[str, ...]
    sized_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Costs:
    """The weights and list sizes of a whole supergraph, by coordinate."""

    weights: Mapping[str, int] = field(default_factory=dict)
    lists: Mapping[str, ListSize] = field(default_factory=dict)


def read_costs(document: DocumentNode, names: Mapping[str, str]) -> Costs:
    """Read a supergraph's document; `names` are its directives' local names. Raises SupergraphError."""
    weights: dict[str, int] = {}
    lists: dict[str, ListSize] = {}
    for coordinate, directives in _elements(document):
        for directive in directives:
            arguments = read_arguments(directive)
            match names.get(directive.name.value):
                case "cost":
                    weights[coordinate] = _read_weight(coordinate, arguments.get("weight"))
                case "listSize":
                    slicing, sized = arguments.get("slicingArguments") or (), arguments.get("sizedFields") or ()
                    lists[coordinate] = ListSize(arguments.get("assumedSize"), tuple(slicing), tuple(sized))
    return Costs(MappingProxyType(weights), MappingProxyType(lists))


def _read_weight(coordinate: str, weight: Any) -> int:
    try:
        return round(float(weight))
    except (TypeError, ValueError):
        raise SupergraphError(f"The @cost of {coordinate} has no number as its weight.") from None


def _elements(document: DocumentNode) -> Iterator[tuple[str, Iterable[DirectiveNode]]]:
    for definition in document.definitions:
        if isinstance(definition, TypeDefinitionNode):
            name = definition.name.value
            yield name, definition.directives
            for member in getattr(definition, "fields", None) or ():
                place = f"{name}.{member.name.value}"
                yield place, member.directives
                for argument in getattr(member, "arguments", None) or ():
                    yield f"{place}({argument.name.value}:)", argument.directives
