"""The executor: from a client's text to an operation ready to run, kept by text and operation name."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from graphql import DocumentNode, GraphQLInterfaceType, GraphQLSchema, GraphQLUnionType

from router.execution.dispatching import Dispatcher
from router.execution.executable import Executable
from router.execution.walking import TypeNames
from router.operation import Operation, parse_operation
from router.plan.nodes import QueryPlan
from router.supergraph import Supergraph


class PlansOperations(Protocol):
    """What the executor needs of a planner."""

    def plan(self, operation: Operation, /) -> QueryPlan: ...


@dataclass(frozen=True, slots=True)
class ExecutorOptions:
    """`check` refuses a parsed document before it is validated; `cached_operations` bounds the cache."""

    check: Callable[[DocumentNode], None] | None = None
    max_tokens: int | None = None
    hide_suggestions: bool = False
    cached_operations: int = 1000


class Executor:
    """Prepares operations of one supergraph."""

    def __init__(
        self, supergraph: Supergraph, planner: PlansOperations, dispatcher: Dispatcher, options: ExecutorOptions
    ) -> None:
        self.schema = supergraph.public_schema
        self._supergraph = supergraph
        self.dispatcher = dispatcher
        self._planner = planner
        self._options = options
        self._types = type_names(supergraph.schema)
        self._prepared: OrderedDict[tuple[str, str | None], Executable] = OrderedDict()

    def prepare(self, text: str, operation_name: str | None) -> Executable:
        """Parse, check, validate, plan and compile, or find what was; raises `OperationError` and `PlanError`."""
        key = (text, operation_name)
        known = self._prepared.get(key)
        if known is not None:
            self._prepared.move_to_end(key)
            return known
        options = self._options
        operation = parse_operation(
            self.schema,
            text,
            operation_name,
            max_tokens=options.max_tokens,
            check=options.check,
            hide_suggestions=options.hide_suggestions,
        )
        plan = self._planner.plan(operation)
        prepared = Executable(self._supergraph, self._types, operation, plan, self.dispatcher)
        self._prepared[key] = prepared
        if len(self._prepared) > options.cached_operations:
            self._prepared.popitem(last=False)
        return prepared


def type_names(schema: GraphQLSchema) -> TypeNames:
    """Name the possible types of every abstract type, by name."""
    return TypeNames(
        {
            name: frozenset(possible.name for possible in schema.get_possible_types(graphql_type))
            for name, graphql_type in schema.type_map.items()
            if isinstance(graphql_type, GraphQLInterfaceType | GraphQLUnionType)
        }
    )
