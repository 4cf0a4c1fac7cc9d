"""The supergraphs that we compose mean what the reference composer's mean, for every suite of the public audit."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from router.composition import SubgraphSource, compose
from tests.router.composition.supergraph_meaning import differences

_AUDIT = Path(os.environ.get("FEDERATION_AUDIT", Path(__file__).parents[4] / "shared" / "federation-audit"))
_SUITES = sorted(path.parent.name for path in _AUDIT.glob("*/subgraphs.json"))

pytestmark = pytest.mark.skipif(not _SUITES, reason="the audit's data is not beside the repository")


def _sources(suite: str) -> list[SubgraphSource]:
    subgraphs = json.loads((_AUDIT / suite / "subgraphs.json").read_text())
    return [SubgraphSource(subgraph["name"], subgraph["url"], subgraph["sdl"]) for subgraph in subgraphs]


@pytest.mark.parametrize("suite", _SUITES)
def test_supergraph_means_what_the_reference_composers_means(suite: str) -> None:
    reference = (_AUDIT / suite / "supergraph.graphql").read_text()

    assert differences(compose(_sources(suite)), reference) == []


@pytest.mark.parametrize("suite", _SUITES)
def test_order_of_subgraphs_does_not_change_a_byte(suite: str) -> None:
    sources = _sources(suite)

    assert compose(sources) == compose(sources[::-1])


def test_comparison_sees_a_changed_join() -> None:
    reference = (_AUDIT / "simple-entity-call" / "supergraph.graphql").read_text()

    assert differences(reference.replace('key: "id"', 'key: "email"', 1), reference) != []
