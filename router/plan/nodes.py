"""The grammar of a query plan, Apollo's shape with Hive's `BatchFetch` added.

NOTE: A plan is a tree. `Sequence` runs its nodes in order, `Parallel` at once, `Condition` by a boolean variable,
`Fetch` is one subgraph request. `Flatten` applies an entity fetch at a path of the response so far; in a path, a
string is a response key, `LIST` steps into each element of a list, and a `TypeGuard` keeps only objects of the named
types. `BatchFetch` is one request that fetches entities for several paths at once, one alias a path.

Everything here is frozen, and prints itself as Apollo's JSON (`router.plan.json`) and text (`router.plan.text`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from graphql import OperationType

# What kind of operation a fetch sends; GraphQL's own enum, so that the stages need not share one of ours.
OperationKind: TypeAlias = OperationType


class ListStep(Enum):
    """The path step into each element of a list, printed `@`."""

    LIST = "@"


LIST = ListStep.LIST


class UpStep(Enum):
    """The step from an object to the one that it stands in, printed `..`; lists between them are passed over."""

    UP = ".."


UP = UpStep.UP


@dataclass(frozen=True, slots=True)
class TypeGuard:
    """A path step that keeps only objects whose `__typename` is one of `types`."""

    types: tuple[str, ...]


PathStep: TypeAlias = str | ListStep | TypeGuard
Path: TypeAlias = tuple[PathStep, ...]
ContextStep: TypeAlias = str | UpStep | TypeGuard
ContextPath: TypeAlias = tuple[ContextStep, ...]


@dataclass(frozen=True, slots=True)
class RequiredField:
    """One field of a representation: read under `alias or name` of the response, sent as `name`."""

    name: str
    alias: str | None = None
    selections: tuple[Requirement, ...] = ()


@dataclass(frozen=True, slots=True)
class RequiredFragment:
    """Fields of a representation for objects of one type; `__typename` is listed as a field where it must be sent."""

    type_condition: str
    selections: tuple[Requirement, ...]


Requirement: TypeAlias = RequiredField | RequiredFragment


@dataclass(frozen=True, slots=True)
class SetTypename:
    """An input rewrite: representations at `path` (below the flattened object) are sent with `__typename` = `value`."""

    path: Path
    value: str


@dataclass(frozen=True, slots=True)
class RenameKey:
    """An output rewrite: the value at `path` of the fetched data moves to key `to` of the same object."""

    path: Path
    to: str


@dataclass(frozen=True, slots=True)
class ContextRewrite:
    """Variable `variable` gets the value at `path` from a flattened object, if the guards on the path let it pass.

    The path goes up, then down by keys, through lists by themselves. A variable has several rewrites where several
    types set its context; one of which no path leads to a value is null.
    """

    path: ContextPath
    variable: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request to one subgraph.

    `operation` is GraphQL text. An entity fetch has `requires` (what each representation holds) and its operation takes
    `$representations`. `variables` names the client's variables it uses, and those of its `context_rewrites`: where
    objects have different values for these, the field is asked for once for each.
    """

    subgraph: str
    kind: OperationKind
    operation: str
    variables: tuple[str, ...] = ()
    requires: tuple[Requirement, ...] = ()
    input_rewrites: tuple[SetTypename, ...] = ()
    output_rewrites: tuple[RenameKey, ...] = ()
    context_rewrites: tuple[ContextRewrite, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityAlias:
    """One `alias: _entities(representations: $variable)` of a batch fetch, and the paths whose objects it completes."""

    alias: str
    variable: str
    paths: tuple[Path, ...]
    requires: tuple[Requirement, ...]
    input_rewrites: tuple[SetTypename, ...] = ()
    output_rewrites: tuple[RenameKey, ...] = ()
    context_rewrites: tuple[ContextRewrite, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchFetch:
    """One request with several aliased `_entities` fields."""

    subgraph: str
    operation: str
    entities: tuple[EntityAlias, ...]
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flatten:
    """Run `node` for the objects at `path`."""

    path: Path
    node: Fetch


@dataclass(frozen=True, slots=True)
class Sequence:
    """Run in order."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Parallel:
    """Run at once."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """Run one branch by the boolean variable `variable`."""

    variable: str
    if_true: Node | None
    if_false: Node | None


@dataclass(frozen=True, slots=True)
class Subscription:
    """Subscribe with `primary`; complete each event by `rest`."""

    primary: Fetch
    rest: Node | None


Node: TypeAlias = Fetch | BatchFetch | Flatten | Sequence | Parallel | Condition


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """The whole plan; `node` is None when the router answers alone (introspection, `__typename`, all skipped)."""

    node: Node | Subscription | None
