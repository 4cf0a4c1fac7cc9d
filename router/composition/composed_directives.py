"""Directives that subgraphs send to the supergraph by `@composeDirective`.

Such a directive belongs to a linked specification. Where subgraphs link to different versions of it, the definition of
the newest one is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from router.composition.model import ComposedDirective, Directive, Link, Subgraph
from router.composition.specification import COMPOSE_DIRECTIVE


def find_link(subgraph: Subgraph, directive: str) -> tuple[Link, str] | None:
    """Return the link which brings a directive into the schema, and the directive's name in the specification."""
    for link in subgraph.links:
        original = link.imports.get(f"@{directive}")
        if original is not None:
            return link, original[1:]
        if directive == link.prefix:
            return link, link.name
        if directive.startswith(f"{link.prefix}__"):
            return link, directive[len(link.prefix) + 2 :]
    return None


def requested(directives: Iterable[Directive]) -> tuple[str, ...]:
    """Return the directives which a schema asks to compose, without `@`, given those on the schema definition."""
    names = (directive.value("name") for directive in directives if directive.name == COMPOSE_DIRECTIVE)
    return tuple(name[1:] for name in names if isinstance(name, str) and name.startswith("@"))


def find_composed_directives(subgraphs: Sequence[Subgraph]) -> tuple[ComposedDirective, ...]:
    """Collect the directives to compose, sorted by name; what cannot be found is left to the rule that reports it."""
    found: dict[str, ComposedDirective] = {}
    for subgraph in subgraphs:
        for name in requested(subgraph.directives):
            place = find_link(subgraph, name)
            definition = subgraph.directive_definitions.get(name)
            if place is None or definition is None:
                continue
            link, original = place
            known = found.get(name)
            askers = frozenset({subgraph.name}) | (known.subgraphs if known else frozenset())
            if known is not None and (known.link.version or (0, 0)) > (link.version or (0, 0)):
                link, original, definition = known.link, known.original, known.definition
            found[name] = ComposedDirective(name, original, link, definition, askers)
    return tuple(_newest(found[name], subgraphs) for name in sorted(found))


def _newest(directive: ComposedDirective, subgraphs: Sequence[Subgraph]) -> ComposedDirective:
    """Take the definition of whoever links the newest version, also if it does not ask for the directive itself."""
    for subgraph in subgraphs:
        for link in newer_links(directive, subgraph):
            definition = subgraph.directive_definitions.get(name_in(link, directive.original))
            if definition is not None:
                directive = replace(directive, link=link, definition=replace(definition, name=directive.name))
    return directive


def name_in(link: Link, original: str) -> str:
    """Return what a directive of a specification is called in the schema that links to it."""
    imported = next((name for name, wanted in link.imports.items() if wanted == f"@{original}"), None)
    if imported is not None:
        return imported[1:]
    return link.prefix if original == link.name else f"{link.prefix}__{original}"


def newer_links(directive: ComposedDirective, subgraph: Subgraph) -> Iterator[Link]:
    """Yield the subgraph's links to a newer version of the specification, of the same major version."""
    major, minor = directive.link.version or (0, 0)
    for link in subgraph.links:
        other_major, other_minor = link.version or (0, 0)
        if link.identity == directive.link.identity and other_major == major and other_minor > minor:
            yield link
