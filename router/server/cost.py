"""The cost of an operation, estimated before any of it runs.

NOTE: The arithmetic of the cost directives. A field costs the weight of its own, else that of its type, else 1 for an
object and 0 for a leaf, and what its selections cost; a list so often as it may be long. Its arguments are added: each
its own weight, else 1 for an input object and 0 for a leaf, and their fields. A mutation costs 10 more. On an abstract
type the dearest of the types behind it counts, and all fragments do. What variables skip or leave out costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
    is_list_type,
)
from graphql.execution.values import get_argument_values

from router.operation import Operation
from router.supergraph import Supergraph
from router.supergraph.costs import ListSize

_MUTATION = 10


class CostEstimator:
    """Estimates operations of one supergraph; `list_size` is the length of lists that say nothing about it."""

    def __init__(self, supergraph: Supergraph, list_size: int) -> None:
        self.schema: GraphQLSchema = supergraph.schema
        self.weights = supergraph.costs.weights
        self.lists = supergraph.costs.lists
        self.list_size = list_size

    def estimate(self, operation: Operation, variables: Mapping[str, Any]) -> int:
        """Estimate an operation with its coerced variables."""
        run = _Estimate(self, operation, variables)
        root = self.schema.type_map[operation.root_type.name]
        base = _MUTATION if operation.kind is OperationType.MUTATION else 0
        return max(0, base + run.selections(operation.definition.selection_set, root, {}))

    def places(self, kind: GraphQLNamedType) -> list[str]:
        """Name a type and all behind it."""
        if not isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            return [kind.name]
        return [kind.name, *(possible.name for possible in self.schema.get_possible_types(kind))]

    def weight(self, coordinates: Iterable[str]) -> int | None:
        return max((self.weights[name] for name in coordinates if name in self.weights), default=None)


@dataclass(slots=True)
class _Estimate:
    model: CostEstimator
    operation: Operation
    variables: Mapping[str, Any]
    known: dict[tuple[str, tuple[tuple[str, int], ...]], int] = field(default_factory=dict)

    def selections(self, node: SelectionSetNode, kind: GraphQLNamedType, sized: Mapping[str, int]) -> int:
        """Sum a selection set's costs; `sized` are the lengths which its parent knows of its lists."""
        total = 0
        for selection in node.selections:
            if self._is_left_out(selection):
                continue
            match selection:
                case FieldNode():
                    total += self._field(selection, kind, sized)
                case FragmentSpreadNode():
                    total += self._fragment(selection.name.value, sized)
                case InlineFragmentNode():
                    condition = selection.type_condition
                    inner = self.model.schema.type_map[condition.name.value] if condition else kind
                    total += self.selections(selection.selection_set, inner, sized)
        return total

    def _is_left_out(self, node: Any) -> bool:
        for directive in node.directives or ():
            if directive.name.value in {"skip", "include"}:
                value = directive.arguments[0].value
                given = self.variables.get(value.name.value) if isinstance(value, VariableNode) else value.value
                if given is (directive.name.value == "skip"):
                    return True
        return False

    def _fragment(self, name: str, sized: Mapping[str, int]) -> int:
        key = (name, tuple(sized.items()))
        cost = self.known.get(key)
        if cost is None:
            node = self.operation.fragments[name]
            kind = self.model.schema.type_map[node.type_condition.name.value]
            cost = self.known[key] = self.selections(node.selection_set, kind, sized)
        return cost

    def _field(self, node: FieldNode, kind: GraphQLNamedType, sized: Mapping[str, int]) -> int:
        name = node.name.value
        definition: GraphQLField | None = getattr(kind, "fields", {}).get(name)
        if definition is None:
            return 0  # Introspection: the router answers it alone.
        model = self.model
        places = [f"{place}.{name}" for place in model.places(kind)]
        below = get_named_type(definition.type)
        arguments = get_argument_values(definition, node, dict(self.variables))
        listed = [model.lists[place] for place in places if place in model.lists]
        sizes = [self._size(rule, arguments) for rule in listed]
        inner = {
            child: size for rule, size in zip(listed, sizes, strict=True) for child in rule.sized_fields
        }  # fmt: skip
        count = 1
        outer = definition.type.of_type if isinstance(definition.type, GraphQLNonNull) else definition.type
        if is_list_type(outer):
            own = [size for rule, size in zip(listed, sizes, strict=True) if not rule.sized_fields]
            count = sized.get(name, max(own, default=model.list_size))
        weight = model.weight(places)
        if weight is None:
            weight = model.weight(model.places(below))
        if weight is None:
            weight = 0 if is_leaf_type(below) else 1
        if node.selection_set is not None:
            weight += self.selections(node.selection_set, below, inner)
        return count * weight + self._arguments(places, definition, arguments)

    def _size(self, rule: ListSize, arguments: Mapping[str, Any]) -> int:
        asked = [arguments.get(name) for name in rule.slicing]
        lengths = [max(0, length) for length in asked if type(length) is int]
        if lengths:
            return max(lengths)
        return self.model.list_size if rule.assumed is None else rule.assumed

    def _arguments(self, places: list[str], definition: GraphQLField, arguments: Mapping[str, Any]) -> int:
        total = 0
        for name, value in arguments.items():
            own = self.model.weight(f"{place}({name}:)" for place in places)
            total += self._input(get_named_type(definition.args[name].type), value, own)
        return total

    def _input(self, kind: GraphQLNamedType, value: Any, own: int | None) -> int:
        if isinstance(value, list):
            return sum(self._input(kind, item, own) for item in value)
        weight = own if own is not None else self.model.weight([kind.name])
        if not isinstance(kind, GraphQLInputObjectType) or not isinstance(value, dict):
            return weight or 0
        total = 1 if weight is None else weight
        for name, inner in value.items():
            own = self.model.weight([f"{kind.name}.{name}"])
            total += self._input(get_named_type(kind.fields[name].type), inner, own)
        return total
