"""Supergraphs for tests, from subgraph SDLs."""

from __future__ import annotations

from router.composition import SubgraphSource, compose
from router.supergraph import Supergraph, load_supergraph

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.8", import: ["@key", "@requires", "@provides", '
    '"@external", "@shareable", "@override", "@inaccessible", "@interfaceObject", '
    '"@context", "@fromContext"])\n'
)


def compose_supergraph(**sdls: str) -> Supergraph:
    """Compose subgraphs, named by keyword."""
    return load_supergraph(compose_sdl(**sdls))


def compose_sdl(**sdls: str) -> str:
    """Compose subgraphs, named by keyword, into the supergraph's text."""
    return compose([SubgraphSource(name, f"http://{name}.test", LINK + sdl) for name, sdl in sdls.items()])
