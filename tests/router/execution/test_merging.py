"""Merging of subgraph data, and finding of objects in it."""

from __future__ import annotations

from typing import Any

import pytest

from router.execution.entity_fetch import EntityGroup
from router.execution.merging import copy_json, merge_everywhere, merge_object
from router.execution.representations import compile_representation
from router.execution.walking import TypeNames, compile_walk, locate
from router.plan.nodes import LIST, EntityAlias, RequiredField, RequiredFragment, SetTypename, TypeGuard

TYPES = TypeNames({"Node": frozenset({"User", "Pet"})})


@pytest.mark.parametrize(
    ("target", "source", "merged"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"a": None}, {"a": 1}),
        ({}, {"a": None}, {"a": None}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": [{"b": 1}, None]}, {"a": [{"c": 2}, {"c": 3}]}, {"a": [{"b": 1, "c": 2}, {"c": 3}]}),
        ({"a": [[{"b": 1}]]}, {"a": [[{"c": 2}]]}, {"a": [[{"b": 1, "c": 2}]]}),
        ({"a": [1, 2]}, {"a": [1]}, {"a": [1]}),
        ({"__typename": "User"}, {"__typename": "Node"}, {"__typename": "User"}),
        ({"__typename": "Node"}, {"__typename": "User"}, {"__typename": "User"}),
        ({"a": 1}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        # Subgraphs that contradict each other: the later one counts.
        ({"a": {"b": 1}}, {"a": 2}, {"a": 2}),
        ({"a": {"b": 1}}, {"a": [{"b": 1}]}, {"a": [{"b": 1}]}),
        ({"a": [{"b": 1}]}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": [{"b": 1}, [1]]}, {"a": [[2], {"c": 1}]}, {"a": [[2], {"c": 1}]}),
        ({"a": [{"b": 1}, [1]]}, {"a": [None, "x"]}, {"a": [{"b": 1}, "x"]}),
    ],
)
def test_merging_adds_what_is_known_and_forgets_nothing(target: Any, source: Any, merged: Any) -> None:
    merge_object(target, source, TYPES.abstract)

    assert target == merged


@pytest.mark.parametrize("shareable", [True, False])
def test_an_entity_merges_into_every_object_that_waits_for_it(shareable: bool) -> None:
    targets: list[dict[str, Any]] = [{"id": 1}, {"id": 1, "name": "Ada", "friend": {"id": 2}}, {"id": 1}]

    merge_everywhere(targets, {"name": None, "friend": {"age": 3}}, TYPES.abstract, shareable=shareable)

    assert targets == [
        {"id": 1, "name": None, "friend": {"age": 3}},
        {"id": 1, "name": "Ada", "friend": {"id": 2, "age": 3}},
        {"id": 1, "name": None, "friend": {"age": 3}},
    ]
    assert (targets[0]["friend"] is targets[2]["friend"]) is shareable


def test_an_entity_merged_into_one_object_adds_what_is_known_and_forgets_nothing() -> None:
    group = EntityGroup(EntityAlias("_e", "r", ((),), ()), shareable=True, types=TYPES)
    targets: list[list[dict[str, Any]]] = [[{"id": 1}], [{"id": 2, "name": "Ada"}], [{"id": 3}], [{"id": 4}]]

    group.merge([{"name": "Grace"}, {"name": None, "age": 3}, None], targets)
    group.merge(None, targets)

    assert targets == [[{"id": 1, "name": "Grace"}], [{"id": 2, "name": "Ada", "age": 3}], [{"id": 3}], [{"id": 4}]]


def test_a_copy_shares_no_containers() -> None:
    original: dict[str, Any] = {"a": [{"b": 1}], "c": None}

    copy = copy_json(original)

    assert copy == original
    assert copy["a"] is not original["a"]
    assert copy["a"][0] is not original["a"][0]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ((), [()]),
        (("one",), [("one",)]),
        (("many", LIST), [("many", 0), ("many", 2), ("many", 3)]),
        (("many", LIST, TypeGuard(("User",))), [("many", 0), ("many", 3)]),
        (("many", LIST, TypeGuard(("Node",))), [("many", 0), ("many", 2), ("many", 3)]),
        (("nested", LIST, LIST, "in"), [("nested", 0, 0, "in"), ("nested", 1, 0, "in")]),
        (("many", "one"), []),
        (("one", LIST), []),
        (("scalar", "x"), []),
        (("nothing",), []),
    ],
)
def test_a_walk_finds_objects_and_where_they_are(path: Any, found: list[Any]) -> None:
    data = {
        "one": {"a": 1},
        "many": [{"__typename": "User"}, None, {"__typename": "Pet"}, {"untyped": 1}, 5],
        "nested": [[{"in": {"a": 1}}], [{"in": {"a": 2}}, {"in": None}]],
        "scalar": 5,
        "nothing": None,
    }

    located = locate(data, path, TYPES)

    assert [where for where, _ in located] == found
    assert [value for _, value in located] == compile_walk(path, TYPES)(data)


USER = RequiredFragment(
    "User",
    (
        RequiredField("__typename"),
        RequiredField("id"),
        RequiredField("price", "_alias", ()),
        RequiredField("home", None, (RequiredField("zip"), RequiredFragment("Pet", (RequiredField("tag"),)))),
    ),
)


@pytest.mark.parametrize(
    ("source", "representation"),
    [
        (
            {"__typename": "User", "id": "1", "_alias": 5, "home": {"zip": 1, "x": 2}, "x": 1},
            {"__typename": "User", "id": "1", "price": 5, "home": {"zip": 1, "tag": None}},
        ),
        (
            {"__typename": "User", "id": "1", "home": [{"__typename": "Pet", "zip": 1, "tag": 2}, None]},
            {"__typename": "User", "id": "1", "price": None, "home": [{"zip": 1, "tag": 2}, None]},
        ),
        ({"__typename": "User", "id": None, "_alias": None, "home": None}, None),
        ({"__typename": "User"}, None),
        ({"__typename": "Pet", "id": "1"}, None),
        (
            {"id": "1", "_alias": 1, "home": {"__typename": "User", "zip": 1}},
            {"__typename": "User", "id": "1", "price": 1, "home": {"zip": 1}},
        ),
    ],
)
def test_a_representation_holds_what_is_required_under_its_own_names(source: Any, representation: Any) -> None:
    assert compile_representation([USER], [], TYPES)(source) == representation


def test_an_input_rewrite_sets_the_typename_an_interface_object_is_known_by() -> None:
    node = RequiredFragment("Node", (RequiredField("__typename"), RequiredField("id")))
    rewrite = SetTypename((TypeGuard(("Node",)),), "Node")

    build = compile_representation([node], [rewrite], TYPES)

    assert build({"__typename": "User", "id": "1"}) == {"__typename": "Node", "id": "1"}
