"""The order in which composition's stages run. Each says all that is wrong; the next one starts when nothing is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from graphql import GraphQLSyntaxError, parse

from router.composition.facts import establish_facts
from router.composition.federation_1 import upgrade
from router.composition.merge import Assembly, merge
from router.composition.printing import print_supergraph
from router.composition.reading import read_subgraph
from router.composition.rules import (
    check_as_read,
    check_documents,
    check_merged,
    check_subgraphs,
    check_supergraph,
    check_together,
)
from router.composition.rules.subgraph_document import SubgraphDocument
from router.composition.satisfiability import check_satisfiability
from router.composition.sources import SubgraphSource
from router.errors import CompositionError, CompositionIssue


def compose(subgraphs: Sequence[SubgraphSource]) -> str:
    """Compose subgraphs into a supergraph SDL; a CompositionError lists every reason why they do not compose.

    The order of the subgraphs does not matter: they are taken by name, so the same inputs give the same bytes.
    """
    sources = sorted(subgraphs, key=lambda source: source.name)
    documents = _parse(sources)
    _refuse(check_documents(documents))
    graphs = _graph_names([source.name for source in sources])
    read = [
        read_subgraph(source.name, graphs[source.name], source.url, document.document)
        for source, document in zip(sources, documents, strict=True)
    ]
    _refuse(check_as_read(read))
    facts = [establish_facts(subgraph) for subgraph in upgrade(read)]
    _refuse(check_subgraphs(facts))
    assembly = Assembly(facts)
    _refuse(check_together(assembly))
    supergraph = merge(assembly)
    _refuse(check_merged(assembly, supergraph))
    _refuse(check_satisfiability(assembly, supergraph))
    sdl = print_supergraph(supergraph)
    _refuse(check_supergraph(sdl))
    return sdl


def _refuse(issues: Iterable[CompositionIssue]) -> None:
    found = tuple(issues)
    if found:
        raise CompositionError(found)


def _parse(sources: Sequence[SubgraphSource]) -> list[SubgraphDocument]:
    documents: list[SubgraphDocument] = []
    issues: list[CompositionIssue] = []
    for source in sources:
        try:
            documents.append(SubgraphDocument(source.name, parse(source.sdl)))
        except GraphQLSyntaxError as error:
            line = error.locations[0].line if error.locations else None
            issues.append(CompositionIssue("INVALID_GRAPHQL", error.message, source.name, line))
    _refuse(issues)
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
