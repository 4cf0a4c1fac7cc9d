"""The specifications that the supergraph links to, and the definitions which they bring along."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from router.composition.model import ComposedDirective, Directive, Element, TypeDefinition
from router.composition.specification import (
    AUTHENTICATED,
    CONTEXT,
    COST,
    INACCESSIBLE,
    LATEST,
    LIST_SIZE,
    POLICY,
    REQUIRES_SCOPES,
    SUPERGRAPH_FEATURES,
    TAG,
    directives_since,
)


@dataclass(frozen=True, slots=True)
class Feature:
    """One `@link` of the supergraph; imports are pairs of the specification's name and the name used here."""

    url: str
    purpose: str | None = None
    prefix: str | None = None
    imports: tuple[tuple[str, str], ...] = ()


_SCALARS = {REQUIRES_SCOPES: "requiresScopes__Scope", POLICY: "policy__Policy"}
_MERGED = (TAG, INACCESSIBLE, AUTHENTICATED, REQUIRES_SCOPES, POLICY, COST, LIST_SIZE, CONTEXT)


def applied_directives(types: Iterable[TypeDefinition]) -> frozenset[str]:
    """Return the names of all directives that are applied anywhere on these types."""
    return frozenset(directive.name for element in _elements(types) for directive in element.directives)


def _elements(types: Iterable[TypeDefinition]) -> Iterator[Element]:
    for definition in types:
        yield definition
        yield from definition.inputs.values()
        yield from definition.values.values()
        for field in definition.fields.values():
            yield field
            yield from field.arguments.values()


def override_labels(types: Iterable[TypeDefinition]) -> frozenset[str]:
    """Return the labels of progressive overrides."""
    given = (directive.value("overrideLabel") for directive in _all_directives(types))
    return frozenset(label for label in given if label is not None)


def _all_directives(types: Iterable[TypeDefinition]) -> Iterator[Directive]:
    for element in _elements(types):
        yield from element.directives


def find_features(applied: frozenset[str], composed: Iterable[ComposedDirective]) -> Iterator[Feature]:
    """Yield the links for the directives in use: those of the federation specification, then the composed ones."""
    for feature in SUPERGRAPH_FEATURES:
        used = [name for name in feature.directives if name in applied]
        if used:
            imports = tuple((name, name) for name in used if name[1:] != feature.name)
            yield Feature(feature.url, feature.purpose, imports=imports)
    yield from _composed_features(composed)


def _composed_features(composed: Iterable[ComposedDirective]) -> Iterator[Feature]:
    by_link: dict[str, list[ComposedDirective]] = {}
    for directive in composed:
        by_link.setdefault(directive.link.identity, []).append(directive)
    # Two specifications in one schema must not go by the same name.
    taken = {"link", "join", *(feature.name for feature in SUPERGRAPH_FEATURES)}
    for _, directives in sorted(by_link.items()):
        link = max(directives, key=lambda directive: directive.link.version or (0, 0)).link
        prefix = link.name
        while prefix in taken:
            prefix = f"own_{prefix}"
        taken.add(prefix)
        imports = tuple((f"@{directive.original}", f"@{directive.name}") for directive in directives)
        yield Feature(link.url, prefix=None if prefix == link.name else prefix, imports=imports)


def define_merged_directives(applied: frozenset[str]) -> Iterator[str]:
    """Yield the definitions, in the schema language, of the merged directives that are applied."""
    bodies = {name: spec.definition for name, spec in directives_since(LATEST).items()}
    for name in _MERGED:
        if name in applied:
            body = (
                bodies[name].replace("[Scope!]", "[requiresScopes__Scope!]").replace("[Policy!]", "[policy__Policy!]")
            )
            yield f"directive {name}{body}"


def define_merged_scalars(applied: frozenset[str]) -> Iterator[str]:
    for name, scalar in _SCALARS.items():
        if name in applied:
            yield f"scalar {scalar}"
