"""LINK_IMPORT_NAME_MISMATCH: a directive that goes to the supergraph is called differently in two subgraphs."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.features import applied_directives
from router.composition.merge import Assembly
from router.composition.model import Link, Subgraph
from router.composition.rules.wording import disagreement
from router.composition.specification import APOLLO_SPECS, FEDERATION_IDENTITY, SUPERGRAPH_FEATURES
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for directive in (name for feature in SUPERGRAPH_FEATURES for name in feature.directives):
        names: list[tuple[str, str, Link]] = []
        for facts in assembly.facts:
            if directive in applied_directives(facts.subgraph.types.values()):
                names += [(facts.name, name, link) for name, link in _imported(facts.subgraph, directive)]
        if len({name for _, name, _ in names}) > 1:
            who = disagreement((subgraph, f'"{name}"') for subgraph, name, _ in names)
            message = (
                f'The "{directive}" directive (from {names[0][2].url}) is imported with mismatched name between'
                f" subgraphs: it is imported as {who}"
            )
            yield CompositionIssue("LINK_IMPORT_NAME_MISMATCH", message, names[0][0], names[0][2].line)


def _imported(subgraph: Subgraph, directive: str) -> Iterator[tuple[str, Link]]:
    """Yield the names which a subgraph imports the directive under; the prefixed default name is no import."""
    for link in subgraph.links:
        own = link.identity.startswith(APOLLO_SPECS) and link.name == directive[1:]
        for alias, original in link.imports.items():
            if original == directive and (link.identity == FEDERATION_IDENTITY or own):
                yield alias, link
