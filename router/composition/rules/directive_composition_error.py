"""DIRECTIVE_COMPOSITION_ERROR: a directive that @composeDirective names cannot be composed."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.composed_directives import find_link, name_in, newer_links
from router.composition.merge import Assembly
from router.composition.model import Directive, Link, Subgraph
from router.composition.specification import (
    COMPOSE_DIRECTIVE,
    FEDERATION_IDENTITY,
    JOIN_IDENTITY,
    LINK_IDENTITY,
    MERGED_DIRECTIVES,
)
from router.errors import CompositionIssue

_CODE = "DIRECTIVE_COMPOSITION_ERROR"


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    taken: dict[tuple[str, str], tuple[str, str]] = {}
    origins: dict[str, tuple[str, str]] = {}
    majors: dict[str, int] = {}
    for facts in assembly.facts:
        for directive in facts.subgraph.directives:
            if directive.name != COMPOSE_DIRECTIVE:
                continue
            fault = _fault(assembly, facts.subgraph, directive.value("name"))
            fault = fault or _clash(facts.subgraph, directive, taken, origins, majors)
            if fault:
                yield CompositionIssue(_CODE, fault, facts.name, directive.line)
    yield from _undefined_in_the_newest(assembly)


def _undefined_in_the_newest(assembly: Assembly) -> Iterator[CompositionIssue]:
    for composed in assembly.composed:
        for facts in assembly.facts:
            for link in newer_links(composed, facts.subgraph):
                fault = _undefined(f"@{name_in(link, composed.original)}", f'in subgraph "{facts.name}"', link)
                yield CompositionIssue(_CODE, fault, facts.name)


def _fault(assembly: Assembly, subgraph: Subgraph, name: str | None) -> str | None:
    place = f'in subgraph "{subgraph.name}"'
    if not name:
        return f"Argument to @composeDirective {place} cannot be NULL or an empty String"
    if not name.startswith("@"):
        return f'Argument to @composeDirective "{name}" {place} must have a leading "@"'
    found = find_link(subgraph, name[1:])
    if found is not None and found[0].identity in {FEDERATION_IDENTITY, LINK_IDENTITY, JOIN_IDENTITY}:
        # What is composed anyway may be asked for; it is only superfluous.
        superfluous = f"@{found[1]}" in MERGED_DIRECTIVES
        return None if superfluous else f'Composing federation directive "{name}" {place} is not supported'
    if name[1:] not in subgraph.directive_definitions:
        return _undefined(name, place, found[0] if found else None)
    return _conflict(assembly, name, place) if found else _unlinked(name, place)


def _unlinked(name: str, place: str) -> str:
    return f'Directive "{name}" {place} cannot be composed because it is not a member of a core feature'


def _undefined(name: str, place: str, link: Link | None) -> str:
    if link is not None:
        return f'Core feature "{link.url}" {place} does not have a directive definition for "{name}"'
    return f'Could not find matching directive definition for argument to @composeDirective "{name}" {place}.'


def _conflict(assembly: Assembly, name: str, place: str) -> str | None:
    others = [
        facts.name
        for facts in assembly.facts
        if any(
            found is not None and found[0].identity == FEDERATION_IDENTITY and f"@{found[1]}" in MERGED_DIRECTIVES
            for found in [find_link(facts.subgraph, name[1:])]
        )
    ]
    if not others:
        return None
    return (
        f'Directive "{name}" {place} cannot be composed because it conflicts with automatically composed federation'
        f' directive "{name}". Conflict exists in subgraph(s): ({", ".join(others)})'
    )


def _clash(
    subgraph: Subgraph,
    directive: Directive,
    taken: dict[tuple[str, str], tuple[str, str]],
    origins: dict[str, tuple[str, str]],
    majors: dict[str, int],
) -> str | None:
    """Compare with the subgraphs before: one name, one specification, one major version."""
    name = str(directive.value("name"))
    found = find_link(subgraph, name[1:])
    if found is None:
        return None
    link, original = found
    major = (link.version or (0, 0))[0]
    if majors.setdefault(link.identity, major) != major:
        return f'Core feature "{link.identity}" requested to be merged has major version mismatch across subgraphs'
    first_name, first_subgraph = taken.setdefault((link.identity, original), (name, subgraph.name))
    if first_name != name:
        return (
            f'Composed directive is not named consistently in all subgraphs but "{first_name}" in subgraph'
            f' "{first_subgraph}" and "{name}" in subgraph "{subgraph.name}"'
        )
    first_identity, first_original = origins.setdefault(name, (link.identity, original))
    if first_identity != link.identity:
        return f'Composed directive "{name}" is not linked by the same core feature in every subgraph'
    if first_original != original:
        return f'Composed directive "{name}" does not refer to the same directive in every subgraph'
    return None
