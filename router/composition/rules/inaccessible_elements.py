"""What @inaccessible hides in the merged schema and which subgraph said so, for the rules about what it must not."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.model import Element, Field, InputValue, Supergraph, TypeDefinition
from router.composition.specification import INACCESSIBLE
from router.errors import CompositionIssue


class Visibility:
    """Answers whether elements of the supergraph are seen by clients, and makes issues that point to a subgraph."""

    def __init__(self, assembly: Assembly, supergraph: Supergraph) -> None:
        self._assembly = assembly
        self.types = supergraph.types
        self.directives = supergraph.directive_definitions

    def hides_type(self, name: str) -> bool:
        definition = self.types.get(name)
        return definition is not None and definition.has(INACCESSIBLE)

    def shows(self, *elements: Element) -> bool:
        """Say whether clients see the last of these, each of which is a part of the one before."""
        return not any(element.has(INACCESSIBLE) for element in elements)

    def visible_types(self) -> list[TypeDefinition]:
        return [definition for definition in self.types.values() if not definition.has(INACCESSIBLE)]

    def issue(self, code: str, message: str, *path: str) -> CompositionIssue:
        """Make an issue about the element at `path`: a type's name, then a part's, then an argument's."""
        for source in self._assembly.sources(path[0]):
            element = _find(source.definition, path[1:])
            if element is not None and (element.has(INACCESSIBLE) or source is self._assembly.sources(path[0])[-1]):
                return CompositionIssue(code, message, source.facts.name, element.line)
        return CompositionIssue(code, message)


def _find(definition: TypeDefinition, path: tuple[str, ...]) -> Element | None:
    if not path:
        return definition
    parts: dict[str, Element] = {**definition.fields, **definition.inputs, **definition.values}
    part = parts.get(path[0])
    if len(path) == 1 or not isinstance(part, Field):
        return part
    return part.arguments.get(path[1])


def input_sites(visibility: Visibility) -> Iterator[tuple[str, InputValue]]:
    """Yield every argument and input field that clients see, with its coordinate."""
    for directive in visibility.directives:
        for argument in directive.arguments.values():
            if visibility.shows(argument):
                yield f"@{directive.name}({argument.name}:)", argument
    for definition in visibility.visible_types():
        for value in definition.inputs.values():
            if visibility.shows(value):
                yield f"{definition.name}.{value.name}", value
        for field in definition.fields.values():
            for argument in field.arguments.values():
                if visibility.shows(field, argument):
                    yield f"{definition.name}.{field.name}({argument.name}:)", argument
