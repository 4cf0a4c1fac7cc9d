"""Partial data: where nulls appear, and how each is explained, when subgraphs fail in their various ways."""

from __future__ import annotations

from typing import Any

import pytest

from router.errors import TransportError

from .conftest import Bench

SUPERGRAPH = """
schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
{ query: Query }
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String,
  external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(
  graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true
  isInterfaceObject: Boolean! = false
) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { A @join__graph(name: "a", url: "http://a/") B @join__graph(name: "b", url: "http://b/") }
type Query @join__type(graph: A) @join__type(graph: B) {
  items: [Item!] @join__field(graph: A)
  pet: Pet @join__field(graph: A)
  colour: Colour @join__field(graph: A)
  must: String! @join__field(graph: A)
  other: String @join__field(graph: B)
}
type Item @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  must: Int! @join__field(graph: B)
  may: Int @join__field(graph: B)
}
interface Pet @join__type(graph: A) { name: String }
type Dog implements Pet @join__type(graph: A) @join__implements(graph: A, interface: "Pet") { name: String }
enum Colour @join__type(graph: A) { RED @join__enumValue(graph: A) }
"""
ITEMS = {"data": {"items": [{"__typename": "Item", "id": "1"}, {"__typename": "Item", "id": "2"}]}}


def fetch(subgraph: str, operation: str) -> dict[str, Any]:
    return {"kind": "Fetch", "serviceName": subgraph, "operationKind": "query", "operation": operation}


def single(operation: str) -> dict[str, Any]:
    return {"kind": "QueryPlan", "node": fetch("a", operation)}


def completed_items() -> dict[str, Any]:
    requires = [{"kind": "Field", "name": "__typename"}, {"kind": "Field", "name": "id"}]
    entity = {
        **fetch(
            "b", "query($representations:[_Any!]!){_entities(representations:$representations){...on Item{must may}}}"
        ),
        "requires": [{"kind": "InlineFragment", "typeCondition": "Item", "selections": requires}],
    }
    flatten = {"kind": "Flatten", "path": ["items", "@"], "node": entity}
    return {"kind": "QueryPlan", "node": {"kind": "Sequence", "nodes": [fetch("a", "{items{__typename id}}"), flatten]}}


def answering(**answers: Any) -> Any:
    return lambda subgraph, _: answers[subgraph]


def error(message: str, path: list[Any] | None, code: str, **extensions: Any) -> dict[str, Any]:
    placed = {} if path is None else {"path": path}
    return {"message": message, **placed, "extensions": {"code": code, **extensions}}


def unavailable(subgraph: str, path: list[Any]) -> dict[str, Any]:
    message = f"Subgraph '{subgraph}' is unavailable."
    return error(message, path, "SUBGRAPH_UNAVAILABLE", correlationId="c-1")


async def test_an_entity_that_has_an_error_keeps_its_siblings(bench: type[Bench]) -> None:
    failing = {
        "data": {"_entities": [{"must": 1, "may": None}, {"must": 2, "may": 2}]},
        "errors": [error("No.", ["_entities", 0, "may"], "FORBIDDEN")],
    }
    over = bench(SUPERGRAPH, completed_items(), answering(a=ITEMS, b=failing))

    response = await over.run("{ items { must may } }")

    assert response.data == {"items": [{"must": 1, "may": None}, {"must": 2, "may": 2}]}
    assert response.errors == [error("No.", ["items", 0, "may"], "FORBIDDEN")]


async def test_an_error_of_a_shared_entity_is_told_at_each_of_its_places(bench: type[Bench]) -> None:
    twice = {"data": {"items": [{"__typename": "Item", "id": "1"}, {"__typename": "Item", "id": "1"}]}}
    failing = {
        "data": {"_entities": [{"must": 1, "may": None}]},
        "errors": [error("No.", ["_entities", 0, "may"], "X")],
    }
    over = bench(SUPERGRAPH, completed_items(), answering(a=twice, b=failing))

    response = await over.run("{ items { must may } }")

    assert response.data == {"items": [{"must": 1, "may": None}, {"must": 1, "may": None}]}
    assert [told["path"] for told in response.errors] == [["items", 0, "may"], ["items", 1, "may"]]
    assert over.transport.asked[1][1]["variables"] == {"representations": [{"__typename": "Item", "id": "1"}]}


@pytest.mark.parametrize("path", [["_entities", 1], ["_entities"], None, ["_entities", 9, "may"], ["elsewhere"]])
async def test_an_error_without_a_field_is_told_at_the_fields_it_explains(
    bench: type[Bench], path: list[Any] | None
) -> None:
    failing = {"data": {"_entities": [{"must": 1, "may": 1}, None]}, "errors": [error("Gone.", path, "NOT_FOUND")]}
    over = bench(SUPERGRAPH, completed_items(), answering(a=ITEMS, b=failing))

    response = await over.run("{ items { id may } }")

    assert response.data == {"items": [{"id": "1", "may": 1}, {"id": "2", "may": None}]}
    assert response.errors == [error("Gone.", ["items", 1, "may"], "NOT_FOUND")]


@pytest.mark.parametrize("answer", [TransportError("down"), b"<html>", [], {"data": 5}, {"errors": 5}, {}])
async def test_a_subgraph_that_gives_no_graphql_is_unavailable(bench: type[Bench], answer: Any) -> None:
    over = bench(SUPERGRAPH, completed_items(), answering(a=ITEMS, b=answer))

    response = await over.run("{ items { id may } }")

    assert response.data == {"items": [{"id": "1", "may": None}, {"id": "2", "may": None}]}
    assert response.errors == [unavailable("b", ["items", 0, "may"]), unavailable("b", ["items", 1, "may"])]


async def test_a_null_in_a_non_null_field_goes_up_to_the_nearest_nullable(bench: type[Bench]) -> None:
    over = bench(SUPERGRAPH, completed_items(), answering(a=ITEMS, b=TransportError("down")))

    response = await over.run("{ items { id must } }")

    assert response.data == {"items": None}
    assert response.errors == [unavailable("b", ["items", 0, "must"])]


async def test_a_null_that_no_subgraph_explains_is_explained_by_the_router(bench: type[Bench]) -> None:
    answer = {"data": {"_entities": [{"must": 1, "may": 1}, {"must": None, "may": 1}]}}
    over = bench(SUPERGRAPH, completed_items(), answering(a=ITEMS, b=answer))

    for _ in range(3):
        response = await over.run("{ items { id must } }")

        assert response.data == {"items": None}
        message = "Cannot return null for non-nullable field Item.must."
        assert response.errors == [error(message, ["items", 1, "must"], "INTERNAL_SERVER_ERROR")]


async def test_a_failed_root_makes_data_null_where_it_must_not_be(bench: type[Bench]) -> None:
    over = bench(SUPERGRAPH, single("{must}"), answering(a=TransportError("down")))

    response = await over.run("{ must }")

    assert response.data is None
    assert response.errors == [unavailable("a", ["must"])]


async def test_parallel_roots_fail_each_at_its_own_fields(bench: type[Bench]) -> None:
    plan = {
        "kind": "QueryPlan",
        "node": {"kind": "Parallel", "nodes": [fetch("a", "{colour}"), fetch("b", "{other}")]},
    }
    over = bench(SUPERGRAPH, plan, answering(a=TransportError("down"), b=b"rubbish"))

    response = await over.run("{ colour other }")

    assert response.data == {"colour": None, "other": None}
    assert response.errors == [unavailable("a", ["colour"]), unavailable("b", ["other"])]


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("{ items { id } }", {"items": {"id": "1"}}),
        ("{ items { id } }", {"items": "rubbish"}),
        ("{ items { id } }", {"items": ["rubbish"]}),
        ("{ pet { name } }", {"pet": {"__typename": "Item", "name": "x"}}),
        ("{ pet { name } }", {"pet": {"__typename": 5, "name": "x"}}),
        ("{ colour }", {"colour": "BLUE"}),
        ("{ colour }", {"colour": 5}),
    ],
)
async def test_a_value_that_does_not_fit_the_schema_is_null_with_an_error_that_does_not_show_it(
    bench: type[Bench], query: str, data: Any
) -> None:
    over = bench(SUPERGRAPH, single(query), answering(a={"data": data}))

    for _ in range(3):
        response = await over.run(query)

        assert response.data == dict.fromkeys(data)
        assert [told["extensions"] for told in response.errors] == [{"code": "INTERNAL_SERVER_ERROR"}]
        assert "BLUE" not in str(response.errors)


async def test_an_error_without_a_path_beside_data_is_told_without_one(bench: type[Bench]) -> None:
    answer = {"data": {"colour": "RED"}, "errors": [error("Deprecated.", None, "WARNING")]}
    over = bench(SUPERGRAPH, single("{colour}"), answering(a=answer))

    response = await over.run("{ colour }")

    assert (response.data, response.errors) == ({"colour": "RED"}, [error("Deprecated.", None, "WARNING")])
