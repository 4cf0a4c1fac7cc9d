"""The executor: from a client's text to an operation ready to run, kept by text and operation name.

Many clients name each request anew, to tell them apart. So a document of one operation is kept by its text without the
name, and found again when nothing but the characters of its name differ. What comes often is at hand: found by its
whole text, without even that.
"""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from graphql import DocumentNode, GraphQLInterfaceType, GraphQLSchema, GraphQLUnionType

from router.errors import UNAUTHORIZED_FIELD_OR_TYPE, OperationError
from router.execution.authorisation import Forbidden, permit
from router.execution.dispatching import Dispatcher
from router.execution.executable import Executable
from router.execution.labels import NO_LABELS, LabelDraw, Labels
from router.execution.walking import TypeNames
from router.operation import Operation, Unnamed, locate_operation, parse_operation, split_name
from router.plan.nodes import QueryPlan
from router.supergraph import AccessRule, Grants, Supergraph

_MOST_PROFILES = 1000
# What is prepared takes about a hundred times the memory of its text.
_MOST_CHARACTERS = 2_000_000
_MOST_AT_HAND = 256


_NOBODY = Grants()
_Key: TypeAlias = tuple[str | Unnamed, str | None, frozenset[AccessRule], Labels]


class Named(NamedTuple):
    """An operation ready to run, and the name it has in the text that asks for it."""

    executable: Executable
    name: str | None


class PlansOperations(Protocol):
    """What the executor needs of a planner."""

    def plan(self, operation: Operation, labels: Labels, /) -> QueryPlan: ...


@dataclass(frozen=True, slots=True)
class ExecutorOptions:
    """`check` refuses a parsed document before it is validated; `cached_operations` bounds the cache.

    An operation that asks for what its caller may not see is answered with nulls there, or refused as a whole.
    `draw_labels` says which progressive overrides are on for a request; without it none are.
    """

    check: Callable[[DocumentNode], None] | None = None
    max_tokens: int | None = None
    hide_suggestions: bool = False
    cached_operations: int = 1000
    refuse_unauthorised: bool = False
    draw_labels: LabelDraw | None = None


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
        self._prepared: OrderedDict[_Key, Executable] = OrderedDict()
        self._characters = 0
        # What has been found again since something was last prepared: so it is what is forgotten last.
        self._at_hand: dict[_Key, Named] = {}
        self._rules = supergraph.access.all()
        self.has_access_rules = bool(self._rules)
        """Whether it matters at all who asks."""
        self.policies = supergraph.access.policies()
        self._profiles: OrderedDict[Grants, frozenset[AccessRule]] = OrderedDict()

    def prepare(self, text: str, operation_name: str | None, grants: Grants = _NOBODY) -> Executable:
        """Do what `find` does, whatever the operation's name."""
        return self.find(text, operation_name, grants).executable

    def find(self, text: str, operation_name: str | None, grants: Grants = _NOBODY) -> Named:
        """Parse, check, validate, authorise, plan and compile, or find what was.

        Raises `OperationError` and `PlanError`. Callers who fail the same access rules share what is prepared.
        """
        unmet = self._unmet(grants) if self._rules else self._rules
        labels = NO_LABELS if self._options.draw_labels is None else self._options.draw_labels()
        exact: _Key = (text, operation_name, unmet, labels)
        at_hand = self._at_hand.get(exact)
        if at_hand is not None:
            return at_hand
        unnamed: _Key | None = None
        split = split_name(text)
        if split is not None and (operation_name is None or operation_name == split[0]):
            unnamed = (split[1], None, unmet, labels)
            known = self._recall(unnamed)
            if known is not None:
                return self._have_at_hand(exact, Named(known, split[0]))
        known = self._recall(exact)
        if known is not None:
            return self._have_at_hand(exact, Named(known, known.operation.name))
        known = self._prepare(text, operation_name, unmet, labels)
        self._keep(unnamed if unnamed is not None and known.operation.is_alone else exact, known)
        return Named(known, known.operation.name)

    def _have_at_hand(self, asked: _Key, found: Named) -> Named:
        if len(self._at_hand) >= _MOST_AT_HAND:
            self._at_hand.clear()
        self._at_hand[asked] = found
        return found

    def _recall(self, key: _Key) -> Executable | None:
        known = self._prepared.get(key)
        if known is not None:
            self._prepared.move_to_end(key)
        return known

    def _prepare(
        self, text: str, operation_name: str | None, unmet: frozenset[AccessRule], labels: Labels
    ) -> Executable:
        options = self._options
        operation = parse_operation(
            self.schema,
            text,
            operation_name,
            max_tokens=options.max_tokens,
            check=options.check,
            hide_suggestions=options.hide_suggestions,
        )
        return self._plan(operation, unmet, labels)

    def _keep(self, key: _Key, prepared: Executable) -> None:
        self._at_hand.clear()
        self._prepared[key] = prepared
        self._characters += len(prepared.operation.text)
        while len(self._prepared) > self._options.cached_operations or self._characters > _MOST_CHARACTERS:
            _, forgotten = self._prepared.popitem(last=False)
            self._characters -= len(forgotten.operation.text)
        # What is kept is looked through at once, while it is little and in the processor's cache. Python would put that
        # off for as long as about as much is forgotten as is prepared, and then have everybody wait for all of it.
        gc.collect(1)

    def _unmet(self, grants: Grants) -> frozenset[AccessRule]:
        known = self._profiles.get(grants)
        if known is None:
            known = frozenset(rule for rule in self._rules if not rule.admits(grants))
            self._profiles[grants] = known
            if len(self._profiles) > _MOST_PROFILES:
                self._profiles.popitem(last=False)
        return known

    def _plan(self, operation: Operation, unmet: frozenset[AccessRule], labels: Labels) -> Executable:
        if not unmet:
            plan = self._planner.plan(operation, labels)
            return Executable(self._supergraph, self._types, operation, plan, self.dispatcher)
        forbidden = Forbidden(self._supergraph, unmet)
        permitted = permit(self._supergraph.schema, operation, forbidden)
        if permitted.refusals and (self._options.refuse_unauthorised or permitted.is_empty_subscription):
            located = permit(self._supergraph.schema, locate_operation(operation), forbidden)
            raise OperationError(UNAUTHORIZED_FIELD_OR_TYPE, located.refusals)
        plan = self._planner.plan(permitted.operation, labels)
        needed = forbidden if permitted.refusals or permitted.hides_objects else None
        return Executable(self._supergraph, self._types, operation, plan, self.dispatcher, forbidden=needed)


def type_names(schema: GraphQLSchema) -> TypeNames:
    """Name the possible types of every abstract type, by name."""
    return TypeNames(
        {
            name: frozenset(possible.name for possible in schema.get_possible_types(graphql_type))
            for name, graphql_type in schema.type_map.items()
            if isinstance(graphql_type, GraphQLInterfaceType | GraphQLUnionType)
        }
    )
