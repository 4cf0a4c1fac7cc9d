"""The supergraph as the planner sees it: for each type and field, what each subgraph can say about it.

Everything is keyed by the subgraph's name (`join__graph(name:)`), never by the enum value that the SDL spells it with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import GraphQLSchema, SelectionSetNode

from router.supergraph.access import AccessRules
from router.supergraph.contexts import ContextualArgument
from router.supergraph.costs import Costs


@dataclass(frozen=True, slots=True)
class Subgraph:
    """One member of the federation and the address that answers for it."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class EntityKey:
    """One `@key` of a type in one subgraph; `resolvable` says whether `_entities` takes it there."""

    fields: SelectionSetNode
    resolvable: bool


@dataclass(frozen=True, slots=True)
class OwnedType:
    """What one subgraph declares about one type."""

    keys: tuple[EntityKey, ...] = ()
    is_interface_object: bool = False
    is_extension: bool = False


@dataclass(frozen=True, slots=True)
class OwnedField:
    """What one subgraph declares about one field.

    `external` fields are only usable through `@provides`. `type_text` is the type that this subgraph returns, where
    it differs from the supergraph's. `override_label` makes ownership depend on a label: this field is active
    only when the label's being on equals `label_active`. `contextual` are its arguments that clients know nothing of.
    """

    requires: SelectionSetNode | None = None
    provides: SelectionSetNode | None = None
    external: bool = False
    type_text: str | None = None
    override_label: str | None = None
    label_active: bool = True
    contextual: tuple[ContextualArgument, ...] = ()

    @property
    def type_name(self) -> str | None:
        """The named type inside `type_text`."""
        return self.type_text.strip("[]!") if self.type_text else None


@dataclass(frozen=True, slots=True)
class JoinedType:
    """One type of the supergraph, with its owners.

    `fields` maps a field to its owners; a field that no subgraph owns (an interface object adds it) maps to none.
    `interfaces` and `members` say, by subgraph, which interfaces an object implements and which objects a union holds.
    """

    name: str
    owners: Mapping[str, OwnedType]
    fields: Mapping[str, Mapping[str, OwnedField]]
    interfaces: Mapping[str, frozenset[str]]
    members: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Supergraph:
    """A loaded supergraph: `schema` holds everything, `public_schema` what clients see.

    `access` says who sees it, `costs` what it is weighed by.
    """

    schema: GraphQLSchema
    public_schema: GraphQLSchema
    subgraphs: Mapping[str, Subgraph]
    types: Mapping[str, JoinedType]
    access: AccessRules = field(default_factory=AccessRules)
    costs: Costs = field(default_factory=Costs)

    @property
    def labels(self) -> frozenset[str]:
        """The labels of progressive overrides."""
        owned = (one for joined in self.types.values() for owners in joined.fields.values() for one in owners.values())
        return frozenset(one.override_label for one in owned if one.override_label is not None)
