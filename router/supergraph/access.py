"""Who may see which types and fields: `@authenticated`, `@requiresScopes` and `@policy` of the supergraph.

NOTE: Every rule on a field, on its parent type and on the type it returns must be met. In `scopes` and `policies` the
outer list is "any of", the inner "all of". A rule on an interface is the sum of the rules behind it, as composition
makes it, and says nothing new; where nothing behind the interface has a rule, it is everybody's there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from graphql import (
    DirectiveNode,
    DocumentNode,
    GraphQLInterfaceType,
    GraphQLSchema,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
)

from router.supergraph.features import read_arguments

AnyOf: TypeAlias = tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Grants:
    """What a caller has proved to be, and to hold."""

    authenticated: bool = False
    scopes: frozenset[str] = frozenset()
    policies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AccessRule:
    """The directives of one element; None where it does not bear that one."""

    authenticated: bool
    scopes: AnyOf | None
    policies: AnyOf | None

    def admits(self, grants: Grants) -> bool:
        return (
            (grants.authenticated or not self.authenticated)
            and (self.scopes is None or any(needed <= grants.scopes for needed in self.scopes))
            and (self.policies is None or any(needed <= grants.policies for needed in self.policies))
        )


Rules: TypeAlias = frozenset[AccessRule]
_NO_RULES: Rules = frozenset()


@dataclass(frozen=True, slots=True)
class AccessRules:
    """The rules of a whole supergraph, by type and by type and field."""

    types: Mapping[str, Rules] = field(default_factory=dict)
    fields: Mapping[tuple[str, str], Rules] = field(default_factory=dict)

    def of_type(self, type_name: str) -> Rules:
        return self.types.get(type_name, _NO_RULES)

    def of_field(self, type_name: str, field_name: str) -> Rules:
        return self.fields.get((type_name, field_name), _NO_RULES)

    def all(self) -> Rules:
        return _NO_RULES.union(*self.types.values(), *self.fields.values())

    def policies(self) -> frozenset[str]:
        """Name the policies that any rule speaks of."""
        return frozenset(name for rule in self.all() for group in rule.policies or () for name in group)


def read_access_rules(document: DocumentNode, names: Mapping[str, str], schema: GraphQLSchema) -> AccessRules:
    """Read the rules of a supergraph's document; `names` are its directives' local names."""
    types: dict[str, Rules] = {}
    fields: dict[tuple[str, str], Rules] = {}
    for definition in document.definitions:
        if not isinstance(definition, TypeDefinitionNode) or definition.name.value not in schema.type_map:
            continue
        name = definition.name.value
        if rules := _read_rules(definition.directives, names):
            types[name] = rules
        if isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            for member in definition.fields:
                if rules := _read_rules(member.directives, names):
                    fields[name, member.name.value] = rules
    _hand_down(schema, types, fields)
    return AccessRules(MappingProxyType(types), MappingProxyType(fields))


def _read_rules(directives: Iterable[DirectiveNode], names: Mapping[str, str]) -> Rules:
    given = {names[node.name.value]: read_arguments(node) for node in directives if node.name.value in names}
    rule = AccessRule(
        "authenticated" in given,
        _any_of(given["requiresScopes"].get("scopes")) if "requiresScopes" in given else None,
        _any_of(given["policy"].get("policies")) if "policy" in given else None,
    )
    return _NO_RULES if rule == AccessRule(authenticated=False, scopes=None, policies=None) else frozenset({rule})


def _any_of(groups: Any) -> AnyOf:
    return tuple(frozenset(str(name) for name in group) for group in groups or ())


def _hand_down(schema: GraphQLSchema, types: dict[str, Rules], fields: dict[tuple[str, str], Rules]) -> None:
    """Give the rules of interfaces behind which nothing has one to all that stands behind them."""
    ruled_types, ruled_fields = frozenset(types), frozenset(fields)
    for interface in [kind for kind in schema.type_map.values() if isinstance(kind, GraphQLInterfaceType)]:
        behind = [possible.name for possible in schema.get_possible_types(interface)]
        own = types.get(interface.name)
        if own and ruled_types.isdisjoint(behind):
            types.update({name: types.get(name, _NO_RULES) | own for name in behind})
        for member in interface.fields:
            rules = fields.get((interface.name, member))
            places = [(name, member) for name in behind]
            if rules and ruled_fields.isdisjoint(places):
                fields.update({place: fields.get(place, _NO_RULES) | rules for place in places})
