"""Short ways to compose subgraphs in a test, and to say what was refused."""

from __future__ import annotations

from textwrap import dedent

import pytest

from router.composition import SubgraphSource, compose
from router.errors import CompositionError, CompositionIssue

_LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/VERSION", import: [
  "@key", "@requires", "@provides", "@external", "@extends", "@tag", "@inaccessible", "@shareable", "@override",
  "@composeDirective", "@interfaceObject", "@authenticated", "@requiresScopes", "@policy", "@cost", "@listSize",
  "@context", "@fromContext"])"""


def federation_2(sdl: str, version: str = "v2.9") -> str:
    """Put a link to federation 2 on a first line of its own; the SDL's own lines count from 2."""
    return " ".join(_LINK.replace("VERSION", version).split()) + f"\n{dedent(sdl).strip()}"


def sources(subgraphs: dict[str, str]) -> list[SubgraphSource]:
    return [SubgraphSource(name, f"http://{name}", sdl) for name, sdl in subgraphs.items()]


def composed(**subgraphs: str) -> str:
    """Compose federation 2 subgraphs, given without their link."""
    return compose(sources({name: federation_2(sdl) for name, sdl in subgraphs.items()}))


def refused(**subgraphs: str) -> list[tuple[str, str | None, int | None]]:
    """Return code, subgraph and line of each reason why federation 2 subgraphs do not compose."""
    return refused_as_is(**{name: federation_2(sdl) for name, sdl in subgraphs.items()})


def refused_as_is(**subgraphs: str) -> list[tuple[str, str | None, int | None]]:
    """As `refused`, of SDLs that are taken as they are."""
    return [(issue.code, issue.subgraph, issue.line) for issue in issues_of(subgraphs)]


def issues_of(subgraphs: dict[str, str]) -> tuple[CompositionIssue, ...]:
    with pytest.raises(CompositionError) as caught:
        compose(sources(subgraphs))
    return caught.value.errors
