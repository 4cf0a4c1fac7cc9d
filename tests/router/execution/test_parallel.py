"""Fetches that run side by side: what they have in common, and what they must not take from one another."""

from __future__ import annotations

from typing import Any

from .conftest import Bench
from .test_faults import SUPERGRAPH, fetch

TYPENAME, ID, MAY = ({"kind": "Field", "name": name} for name in ("__typename", "id", "may"))
ITEMS = [{"__typename": "Item", "id": "1"}, {"__typename": "Item", "id": "2"}, {"__typename": "Item", "id": "1"}]


def entities(field: str, *requires: dict[str, Any]) -> dict[str, Any]:
    query = f"query($representations:[_Any!]!){{_entities(representations:$representations){{...on Item{{{field}}}}}}}"
    fragment = {"kind": "InlineFragment", "typeCondition": "Item", "selections": list(requires)}
    return {"kind": "Flatten", "path": ["items", "@"], "node": {**fetch("b", query), "requires": [fragment]}}


def side_by_side(first: dict[str, Any], *nodes: dict[str, Any]) -> dict[str, Any]:
    parallel = {"kind": "Parallel", "nodes": list(nodes)}
    return {"kind": "QueryPlan", "node": {"kind": "Sequence", "nodes": [first, parallel]}}


def answer(_: str, body: dict[str, Any]) -> dict[str, Any]:
    """Answer roots with the items, and each entity with the fields that are asked for, made of its representation."""
    if "_entities" not in body["query"]:
        return {"data": {"items": [dict(item) for item in ITEMS]}}
    field = "must" if "must" in body["query"] else "may"
    return {"data": {"_entities": [{field: int(sent["id"])} for sent in body["variables"]["representations"]]}}


async def test_fetches_of_the_same_objects_send_the_same_representations(bench: type[Bench]) -> None:
    plan = side_by_side(
        fetch("a", "{items{__typename id}}"), entities("must", TYPENAME, ID), entities("may", TYPENAME, ID)
    )
    over = bench(SUPERGRAPH, plan, answer)

    for _ in range(3):
        response = await over.run("{ items { must may } }")
        assert response.data == {"items": [{"must": n, "may": n} for n in (1, 2, 1)]}
        assert response.fetches == 3

    assert [asked["variables"] for _, asked in over.transport.asked[-2:]] == [{"representations": ITEMS[:2]}] * 2


async def test_fetches_that_require_different_fields_send_each_its_own(bench: type[Bench]) -> None:
    items = fetch("a", "{items{__typename id}}")
    over = bench(
        SUPERGRAPH, side_by_side(items, entities("must", TYPENAME, ID, MAY), entities("may", TYPENAME, ID)), answer
    )

    for _ in range(3):
        await over.run("{ items { must may } }")

    sent = [asked["variables"]["representations"][0] for _, asked in over.transport.asked[-2:]]
    assert sent == [{"__typename": "Item", "id": "1", "may": None}, {"__typename": "Item", "id": "1"}]


async def test_roots_of_two_subgraphs_are_merged_into_one_another(bench: type[Bench]) -> None:
    parts = {"a": {"items": [{"id": "1"}, {"id": "2"}]}, "b": {"items": [{"may": 1}, {"may": 2}], "other": "x"}}
    roots = {"kind": "Parallel", "nodes": [fetch("a", "{items{id}}"), fetch("b", "{items{may} other}")]}
    over = bench(SUPERGRAPH, {"kind": "QueryPlan", "node": roots}, lambda subgraph, _: {"data": parts[subgraph]})

    response = await over.run("{ items { id may } other }")

    assert response.data == {"items": [{"id": "1", "may": 1}, {"id": "2", "may": 2}], "other": "x"}
