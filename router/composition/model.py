"""A schema as composition sees it: the same few shapes for a subgraph that was read and for the supergraph.

Directives of the federation specification carry canonical names that begin with `@` (`@key`), however the subgraph
imported or renamed them; a directive of the subgraph's own keeps its plain name. So the two can never be confused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from router.composition.type_reference import TypeReference


class Kind(Enum):
    SCALAR = "scalar"
    OBJECT = "type"
    INTERFACE = "interface"
    UNION = "union"
    ENUM = "enum"
    INPUT = "input"


COMPOSITE = frozenset({Kind.OBJECT, Kind.INTERFACE, Kind.UNION})
WITH_FIELDS = frozenset({Kind.OBJECT, Kind.INTERFACE})


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant of the schema language; `kind` tells the enum value `A` from the string `"A"`."""

    kind: str
    value: Any
    text: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Directive:
    """One application of a directive; `on_extension` says that it was written on `extend type`."""

    name: str
    arguments: Mapping[str, Literal] = field(default_factory=dict)
    line: int | None = field(default=None, compare=False)
    on_extension: bool = field(default=False, compare=False)

    def value(self, argument: str, default: Any = None) -> Any:
        """Return the argument as a plain Python value."""
        literal = self.arguments.get(argument)
        return default if literal is None else literal.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """What every named part of a schema has."""

    name: str
    description: str | None = None
    directives: tuple[Directive, ...] = ()
    line: int | None = None

    def applications(self, name: str) -> tuple[Directive, ...]:
        return tuple(directive for directive in self.directives if directive.name == name)

    def has(self, name: str) -> bool:
        return any(directive.name == name for directive in self.directives)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputValue(Element):
    """An argument, or a field of an input object."""

    type: TypeReference
    default: Literal | None = None

    @property
    def required(self) -> bool:
        return self.type.non_null and self.default is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(Element):
    type: TypeReference
    arguments: Mapping[str, InputValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumValue(Element):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeDefinition(Element):
    """A named type with all its extensions folded in; which of the parts are filled depends on `kind`."""

    kind: Kind
    interfaces: tuple[str, ...] = ()
    fields: Mapping[str, Field] = field(default_factory=dict)
    inputs: Mapping[str, InputValue] = field(default_factory=dict)
    values: Mapping[str, EnumValue] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    defined: bool = True
    """False where the subgraph has the type only by `extend`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectiveDefinition(Element):
    arguments: Mapping[str, InputValue] = field(default_factory=dict)
    locations: tuple[str, ...] = ()
    repeatable: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """One `@link` of a schema: `imports` maps the name used in the schema to the name in the specification."""

    url: str
    identity: str
    name: str
    version: tuple[int, int] | None
    prefix: str
    imports: Mapping[str, str]
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Subgraph:
    """A subgraph as read: root types are called Query, Mutation and Subscription, federation's own types are gone."""

    name: str
    graph: str
    """The name of its value in the enum join__Graph."""
    url: str
    federation: tuple[int, int]
    """The version of the federation specification; (1, 0) where none is linked."""
    types: Mapping[str, TypeDefinition]
    directive_definitions: Mapping[str, DirectiveDefinition]
    links: tuple[Link, ...]
    directives: tuple[Directive, ...]
    """Those on the schema definition itself."""

    @property
    def is_federation_1(self) -> bool:
        return self.federation < (2, 0)

    def kind(self, name: str) -> Kind | None:
        definition = self.types.get(name)
        return None if definition is None else definition.kind


ROOTS = ("Query", "Mutation", "Subscription")


@dataclass(frozen=True, slots=True)
class ComposedDirective:
    """A subgraph's own directive that goes to the supergraph by @composeDirective.

    `name` is its name in the schemas, `original` the one in its specification, both without `@`.
    """

    name: str
    original: str
    link: Link
    definition: DirectiveDefinition
    subgraphs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Supergraph:
    """What composition makes; printing it is all that is left to do."""

    subgraphs: tuple[Subgraph, ...]
    types: Mapping[str, TypeDefinition]
    directive_definitions: tuple[DirectiveDefinition, ...]
    composed: tuple[ComposedDirective, ...]
