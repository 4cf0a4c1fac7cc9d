"""All subgraphs side by side: which of them define a type, a field, an argument, and how merged types relate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from router.composition.composed_directives import find_composed_directives
from router.composition.contexts import is_contextual
from router.composition.facts import Facts
from router.composition.model import WITH_FIELDS, ComposedDirective, Field, InputValue, Kind, TypeDefinition
from router.composition.type_reference import TypeReference, is_subtype


@dataclass(frozen=True, slots=True)
class TypeSource:
    """A subgraph's definition of a type."""

    facts: Facts
    definition: TypeDefinition

    @property
    def kind(self) -> Kind:
        """The kind which the type has in the supergraph by this definition."""
        stands_for_interface = self.facts.is_interface_object(self.definition.name)
        return Kind.INTERFACE if stands_for_interface else self.definition.kind


@dataclass(frozen=True, slots=True)
class FieldSource:
    """A subgraph's definition of a field; `definition` is that of the type which has it."""

    facts: Facts
    definition: TypeDefinition
    field: Field

    @property
    def coordinate(self) -> str:
        return f"{self.definition.name}.{self.field.name}"

    @property
    def is_external(self) -> bool:
        return (self.definition.name, self.field.name) in self.facts.external

    @property
    def is_fully_external(self) -> bool:
        return self.facts.is_fully_external((self.definition.name, self.field.name))

    @property
    def is_shareable(self) -> bool:
        return (self.definition.name, self.field.name) in self.facts.shareable


@dataclass(frozen=True, slots=True)
class InputSource:
    """A subgraph's definition of an argument or of an input object's field."""

    facts: Facts
    value: InputValue


class Assembly:
    """The subgraphs in the order of their names, and the questions that need more than one of them."""

    def __init__(self, facts: Sequence[Facts]) -> None:
        self.facts = tuple(facts)
        self._by_name: dict[str, tuple[TypeSource, ...]] = {}
        for one in self.facts:
            for name, definition in one.subgraph.types.items():
                self._by_name[name] = (*self._by_name.get(name, ()), TypeSource(one, definition))
        self._agreeing = {
            name: tuple(source for source in sources if source.kind is sources[0].kind)
            for name, sources in self._by_name.items()
        }
        self._interfaces = {
            name: tuple(dict.fromkeys(one for source in sources for one in source.definition.interfaces))
            for name, sources in self._agreeing.items()
        }

    @cached_property
    def composed(self) -> tuple[ComposedDirective, ...]:
        return find_composed_directives([one.subgraph for one in self.facts])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all types, sorted; Query leaves again where no subgraph has a query."""
        return tuple(sorted(name for name in self._by_name if not self._is_empty_root(name)))

    def _is_empty_root(self, name: str) -> bool:
        return name == "Query" and not any(source.definition.fields for source in self._by_name[name])

    def all_sources(self, name: str) -> tuple[TypeSource, ...]:
        return self._by_name.get(name, ())

    def sources(self, name: str) -> tuple[TypeSource, ...]:
        """Return the definitions which agree on what kind of type it is; a rule reports the others."""
        return self._agreeing.get(name, ())

    def kind(self, name: str) -> Kind | None:
        """Return the kind in the supergraph: an interface object is an interface there."""
        sources = self.all_sources(name)
        return sources[0].kind if sources else None

    def of_kind(self, *kinds: Kind) -> Iterator[str]:
        for name in self.names:
            if self.kind(name) in kinds:
                yield name

    def field_names(self, name: str) -> tuple[str, ...]:
        """Return the fields of an object or interface, in the order in which the subgraphs bring them."""
        return tuple(dict.fromkeys(field for source in self.sources(name) for field in source.definition.fields))

    def field_sources(self, name: str, field: str) -> tuple[FieldSource, ...]:
        return tuple(
            FieldSource(source.facts, source.definition, source.definition.fields[field])
            for source in self.sources(name)
            if field in source.definition.fields
        )

    def fields(self) -> tuple[tuple[str, str, tuple[FieldSource, ...]], ...]:
        """Return every field of every object and interface with its sources."""
        return self._fields

    @cached_property
    def _fields(self) -> tuple[tuple[str, str, tuple[FieldSource, ...]], ...]:
        return tuple(
            (name, field, self.field_sources(name, field))
            for name in self.of_kind(*WITH_FIELDS)
            for field in self.field_names(name)
        )

    @cached_property
    def output_types(self) -> frozenset[str]:
        """The names of all types that some field returns."""
        return frozenset(source.field.type.name for _, _, sources in self.fields() for source in sources)

    @cached_property
    def input_types(self) -> frozenset[str]:
        """The names of all types that some merged argument, or any field of an input object, takes."""
        values = [
            source.value
            for name in self.of_kind(Kind.INPUT)
            for field in self.input_names(name)
            for source in self.input_sources(name, field)
        ]
        for _, _, sources in self.fields():
            real = resolving(sources)
            for argument in argument_names(real):
                found = argument_sources(real, argument)
                if len(found) == len(real):
                    values += [source.value for source in found]
        return frozenset(value.type.name for value in values)

    def input_names(self, name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(field for source in self.sources(name) for field in source.definition.inputs))

    def input_sources(self, name: str, field: str) -> tuple[InputSource, ...]:
        return tuple(
            InputSource(source.facts, source.definition.inputs[field])
            for source in self.sources(name)
            if field in source.definition.inputs
        )

    def interfaces(self, name: str) -> tuple[str, ...]:
        return self._interfaces.get(name, ())

    @cached_property
    def _implementations(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for name in self.of_kind(Kind.OBJECT):
            for interface in self.interfaces(name):
                found[interface] = (*found.get(interface, ()), name)
        return found

    def implementations(self, interface: str) -> tuple[str, ...]:
        """Return the object types which implement an interface in any subgraph."""
        return self._implementations.get(interface, ())

    @cached_property
    def _interface_objects(self) -> dict[str, tuple[TypeSource, ...]]:
        found = {
            name: tuple(source for source in sources if source.facts.is_interface_object(name))
            for name, sources in self._agreeing.items()
        }
        return {name: sources for name, sources in found.items() if sources}

    def interface_object_fields(self, name: str, field: str) -> Iterator[FieldSource]:
        """Yield the fields of interface objects that stand for this field in subgraphs which do not know the type."""
        for interface in self.interfaces(name):
            for source in self._interface_objects.get(interface, ()):
                if field in source.definition.fields and name not in source.facts.subgraph.types:
                    yield FieldSource(source.facts, source.definition, source.definition.fields[field])

    def is_named_subtype(self, narrow: str, wide: str) -> bool:
        """Say whether `narrow` implements the interface or is a member of the union `wide`, in any subgraph."""
        if wide in self.interfaces(narrow):
            return True
        return any(narrow in source.definition.members for source in self.sources(wide))

    def is_subtype(self, narrow: TypeReference, wide: TypeReference) -> bool:
        return is_subtype(narrow, wide, self.is_named_subtype)


def resolving(sources: Sequence[FieldSource]) -> tuple[FieldSource, ...]:
    """Return the sources that are not external; all of them where the field only comes through an interface object."""
    return tuple(source for source in sources if not source.is_external) or tuple(sources)


def argument_sources(sources: Sequence[FieldSource], argument: str) -> tuple[InputSource, ...]:
    return tuple(
        InputSource(source.facts, source.field.arguments[argument])
        for source in sources
        if argument in source.field.arguments
    )


def argument_names(sources: Sequence[FieldSource]) -> tuple[str, ...]:
    """Return the arguments that clients may give: those which no subgraph takes from a context."""
    names = dict.fromkeys(argument for source in sources for argument in source.field.arguments)
    return tuple(
        name for name in names if not any(is_contextual(source.value) for source in argument_sources(sources, name))
    )
