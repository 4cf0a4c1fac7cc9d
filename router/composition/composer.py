"""The order in which composition's stages run, and which of them stop it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from graphql import DocumentNode, GraphQLSyntaxError, parse

from router.composition.facts import establish_facts
from router.composition.federation_1 import upgrade
from router.composition.merge import Assembly, merge
from router.composition.printing import print_supergraph
from router.composition.reading import read_subgraph
from router.composition.sources import SubgraphSource
from router.errors import CompositionError, CompositionIssue


def compose(subgraphs: Sequence[SubgraphSource]) -> str:
    """Compose subgraphs into a supergraph SDL; a CompositionError lists every reason why they do not compose.

    The order of the subgraphs does not matter: they are taken by name, so the same inputs give the same bytes.
    """
    sources = sorted(subgraphs, key=lambda source: source.name)
    graphs = _graph_names([source.name for source in sources])
    documents = _parse(sources)
    read = [read_subgraph(one.name, graphs[one.name], one.url, documents[one.name]) for one in sources]
    assembly = Assembly([establish_facts(subgraph) for subgraph in upgrade(read)])
    return print_supergraph(merge(assembly))


def _parse(sources: Sequence[SubgraphSource]) -> Mapping[str, DocumentNode]:
    documents: dict[str, DocumentNode] = {}
    issues: list[CompositionIssue] = []
    for source in sources:
        try:
            documents[source.name] = parse(source.sdl)
        except GraphQLSyntaxError as error:
            line = error.locations[0].line if error.locations else None
            issues.append(CompositionIssue("INVALID_GRAPHQL", error.message, source.name, line))
    if issues:
        raise CompositionError(issues)
    return documents


def _graph_names(names: Sequence[str]) -> Mapping[str, str]:
    """Name the values of join__Graph: upper case, only word characters, distinct."""
    plain = {name: _graph_name(name) for name in names}
    counts = Counter(plain.values())
    seen: Counter[str] = Counter()
    graphs: dict[str, str] = {}
    for name, graph in plain.items():
        seen[graph] += 1
        graphs[name] = graph if counts[graph] == 1 else f"{graph}_{seen[graph]}"
    return graphs


def _graph_name(name: str) -> str:
    word = re.sub(r"\W", "_", name, flags=re.ASCII)
    if word[:1].isdigit():
        word = f"_{word}"
    # An underscore and digits at the end are how equal names are told apart, so nobody else may end so.
    if re.search(r"_\d+$", word):
        word = f"{word}_"
    return word.upper()
