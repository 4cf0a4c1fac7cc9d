"""Fields that take values from contexts: what subgraphs are asked for, and what becomes of failures on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from router.composition import SubgraphSource, compose
from router.errors import TransportError
from router.execution import Dispatcher, Endpoint, Executor, ExecutorOptions, RequestContext, Response
from router.execution.context_values import ContextValues, Values, compile_standing_walk
from router.execution.walking import TypeNames
from router.plan.nodes import LIST, UP, ContextRewrite, TypeGuard
from router.planner import Planner
from router.supergraph import Grants, load_supergraph

from .conftest import Answer, CannedTransport

LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.8",
  import: ["@key", "@context", "@fromContext", "@external", "@authenticated"])"""
SHOPS = """
type Query { shops: [Shop] shop: Shop }
type Subscription { opened: Shop }
type Shop @key(fields: "id") @context(name: "shop") { id: ID! currency: String tags: [String] items: [Item] }
type Item @key(fields: "id") {
  id: ID!
  price(exact: Boolean, currency: String @fromContext(field: "$shop { currency }")): Int
  label(tags: [String] @fromContext(field: "$shop { tags }")): String
}
"""
OTHER = """
type Query { other: Int }
type Shop @key(fields: "id") @context(name: "rated") { id: ID! rating: Int stars: Int }
type Item @key(fields: "id") {
  id: ID!
  rank(rating: Int @fromContext(field: "$rated { rating }")): Int
  must(rating: Int @fromContext(field: "$rated { rating }")): Int!
}
"""
ITEM = {"__typename": "Item"}


def shop(number: int, currency: str | None, *items: str, **more: Any) -> dict[str, Any]:
    return {
        "__typename": "Shop", "id": str(number), "currency": currency, "tags": [currency], **more,
        "items": [ITEM | {"id": item} for item in items],
    }  # fmt: skip


class Shops:
    """A router over shops, whose answer to the first query is given; what else is asked for is answered by `then`."""

    def __init__(self, first: Any, then: Answer, sdls: Mapping[str, str] | None = None) -> None:
        sources = sdls or {"shops": SHOPS, "other": OTHER}
        sdl = compose([SubgraphSource(name, f"http://{name}", LINK + text) for name, text in sources.items()])
        supergraph = load_supergraph(sdl)
        self.transport = CannedTransport(
            lambda name, body: then(name, body) if "_entities" in body["query"] else {"data": first}
        )
        endpoints = {name: Endpoint(subgraph.url) for name, subgraph in supergraph.subgraphs.items()}
        dispatcher = Dispatcher(self.transport, endpoints)
        self.executor = Executor(supergraph, Planner(supergraph), dispatcher, ExecutorOptions())

    async def run(self, query: str, grants: Grants = Grants(), **variables: Any) -> Response:  # noqa: B008 - frozen.
        executable = self.executor.prepare(query, None, grants)
        return await executable.execute(executable.coerce(variables), RequestContext(correlation_id="c"))

    @property
    def asked(self) -> list[tuple[str, str, dict[str, Any]]]:
        return [(name, body["query"], body.get("variables") or {}) for name, body in self.transport.asked]


def priced(_: str, body: Mapping[str, Any]) -> Any:
    """Answer each set of entities with prices that count up."""
    sets = [key for key in body["variables"] if key.startswith("representations")]
    if sets == ["representations"]:
        return {"data": {"_entities": [{"price": n} for n, _ in enumerate(body["variables"]["representations"])]}}
    data = {
        f"_{number}": [{"price": 10 * number + n} for n, _ in enumerate(body["variables"][name])]
        for number, name in enumerate(sets)
    }
    return {"data": data}


def represented(*ids: str) -> list[dict[str, str]]:
    return [{"__typename": "Item", "id": item} for item in ids]


async def test_objects_with_one_value_are_asked_for_as_planned() -> None:
    shops = Shops({"shops": [shop(1, "EUR", "x", "y"), shop(2, "EUR", "x")]}, priced)

    response = await shops.run("{ shops { items { price } } }")

    assert response.data == {"shops": [{"items": [{"price": 0}, {"price": 1}]}, {"items": [{"price": 0}]}]}
    ((_, query, variables),) = shops.asked[1:]
    assert query == (
        "query($representations: [_Any!]!, $contextualArgument_2_1: String){_entities(representations:"
        " $representations){...on Item{price(currency: $contextualArgument_2_1)}}}"
    )
    assert variables == {"representations": represented("x", "y"), "contextualArgument_2_1": "EUR"}


async def test_objects_with_several_values_share_one_request() -> None:
    shops = Shops({"shops": [shop(1, "EUR", "x", "y"), shop(2, "GBP", "x"), shop(3, "EUR", "x")]}, priced)

    response = await shops.run("query($e: Boolean) { shops { items { price(exact: $e) } } }", e=True)

    assert response.data == {
        "shops": [{"items": [{"price": 0}, {"price": 1}]}, {"items": [{"price": 10}]}, {"items": [{"price": 0}]}]
    }
    assert response.fetches == 2
    ((_, query, variables),) = shops.asked[1:]
    assert query == (
        "query($representations_0:[_Any!]!$e:Boolean$contextualArgument_2_1_0:String$representations_1:[_Any!]!"
        "$contextualArgument_2_1_1:String){_0:_entities(representations:$representations_0){...on Item{price("
        "exact:$e currency:$contextualArgument_2_1_0)}}_1:_entities(representations:$representations_1){...on Item{"
        "price(exact:$e currency:$contextualArgument_2_1_1)}}}"
    )
    assert variables == {
        "representations_0": represented("x", "y"),
        "representations_1": represented("x"),
        "contextualArgument_2_1_0": "EUR",
        "contextualArgument_2_1_1": "GBP",
        "e": True,
    }


async def test_null_is_a_value_and_so_is_a_list() -> None:
    def labelled(_: str, body: Mapping[str, Any]) -> Any:
        tags = [body["variables"][f"contextualArgument_2_0_{number}"] for number in (0, 1)]
        return {"data": {f"_{number}": [{"label": str(value)}] for number, value in enumerate(tags)}}

    shops = Shops({"shops": [shop(1, None, "x"), {**shop(2, "GBP", "x"), "tags": None}]}, labelled)

    response = await shops.run("{ shops { items { label } } }")

    assert response.errors == []
    assert response.data == {"shops": [{"items": [{"label": "[None]"}]}, {"items": [{"label": "None"}]}]}


async def test_nobody_is_asked_where_there_are_no_objects() -> None:
    shops = Shops({"shops": [None, shop(1, "EUR"), {**shop(2, "GBP"), "items": None}]}, priced)

    response = await shops.run("{ shops { items { price } } }")

    assert response.data == {"shops": [None, {"items": []}, {"items": None}]}
    assert len(shops.asked) == 1


async def test_requests_with_other_values_never_share_an_answer() -> None:
    shops = Shops({"shops": [shop(1, "EUR", "x")]}, priced)
    await shops.run("{ shops { items { price } } }")
    shops.transport.answer = lambda name, body: (
        priced(name, body) if "_entities" in body["query"] else {"data": {"shops": [shop(1, "GBP", "x")]}}
    )

    await shops.run("{ shops { items { price } } }")

    assert [variables.get("contextualArgument_2_1") for _, _, variables in shops.asked] == [None, "EUR", None, "GBP"]


async def test_each_event_of_a_subscription_has_its_own_value() -> None:
    shops = Shops({}, priced)
    shops.transport.events = [{"data": {"opened": shop(1, "EUR", "x")}}, {"data": {"opened": shop(1, "GBP", "x")}}]
    executable = shops.executor.prepare("subscription { opened { items { price } } }", None)

    found = [response.data async for response in executable.subscribe({}, RequestContext(correlation_id="c"))]

    assert found == [{"opened": {"items": [{"price": 0}]}}] * 2
    assert [variables["contextualArgument_2_1"] for _, _, variables in shops.asked] == ["EUR", "GBP"]


async def test_error_of_one_set_of_objects_is_told_where_it_belongs() -> None:
    def failing(_: str, __: Mapping[str, Any]) -> Any:
        error = {"message": "no", "path": ["_1", 1, "price"], "extensions": {"code": "GONE"}}
        return {"data": {"_0": [{"price": 1}], "_1": [{"price": 2}, {"price": None}]}, "errors": [error]}

    shops = Shops({"shops": [shop(1, "EUR", "x"), shop(2, "GBP", "x", "y")]}, failing)

    response = await shops.run("{ shops { items { price } } }")

    assert response.errors == [
        {"message": "no", "path": ["shops", 1, "items", 1, "price"], "extensions": {"code": "GONE"}}
    ]
    assert response.data == {"shops": [{"items": [{"price": 1}]}, {"items": [{"price": 2}, {"price": None}]}]}


async def test_fetch_that_fails_leaves_all_its_fields_null_and_says_so_at_each() -> None:
    shops = Shops({"shops": [shop(1, "EUR", "x"), shop(2, "GBP", "y")]}, lambda *_: TransportError("down"))

    response = await shops.run("{ shops { items { price } } }")

    assert response.data == {"shops": [{"items": [{"price": None}]}, {"items": [{"price": None}]}]}
    assert [error["path"] for error in response.errors] == [
        ["shops", 0, "items", 0, "price"],
        ["shops", 1, "items", 0, "price"],
    ]


async def test_object_whose_value_could_not_be_fetched_is_not_asked_for() -> None:
    shops = Shops({"shop": shop(1, "EUR", "x")}, lambda *_: TransportError("down"))

    response = await shops.run("{ shop { items { rank } } }")

    assert response.data == {"shop": {"items": [{"rank": None}]}}
    assert [(error["path"], error["extensions"]["code"]) for error in response.errors] == [
        (["shop"], "SUBGRAPH_UNAVAILABLE")
    ]
    assert ["rank" in query for _, query, _ in shops.asked] == [False, False]


async def test_field_that_must_not_be_null_is_so_only_because_its_value_could_not_be_fetched() -> None:
    shops = Shops({"shop": shop(1, "EUR", "x")}, lambda *_: TransportError("down"))

    response = await shops.run("{ shop { items { must } } }")

    assert response.data == {"shop": {"items": [None]}}
    assert [error["extensions"]["code"] for error in response.errors] == ["SUBGRAPH_UNAVAILABLE"]


async def test_failure_of_another_fetch_does_not_matter() -> None:
    def failing(name: str, body: Mapping[str, Any]) -> Any:
        return TransportError("down") if name == "other" else priced(name, body)

    shops = Shops({"shop": shop(1, "EUR", "x")}, failing)

    response = await shops.run("{ shop { stars items { price } } }")

    assert response.data == {"shop": {"stars": None, "items": [{"price": 0}]}}
    assert [error["path"] for error in response.errors] == [["shop", "stars"]]


GUARDED = {
    "shops": """
        type Query { shop: Shop }
        type Shop @key(fields: "id") @context(name: "shop") { id: ID! secret: String @authenticated items: [Item] }
        type Item @key(fields: "id") {
          id: ID! name: String price(secret: String @fromContext(field: "$shop { secret }")): Int @authenticated
        }
    """,
    "other": OTHER,
}


async def test_value_that_may_not_be_seen_is_not_even_fetched_for_a_field() -> None:
    shops = Shops({"shop": shop(1, "EUR", "x", secret="s")}, priced, GUARDED)

    response = await shops.run("{ shop { items { name price } } }")

    assert response.data == {"shop": {"items": [{"name": None, "price": None}]}}
    assert [error["extensions"]["code"] for error in response.errors] == ["UNAUTHORIZED_FIELD_OR_TYPE"]
    assert [query for _, query, _ in shops.asked] == ["{shop{items{name}}}"]
    known = await shops.run("{ shop { items { price } } }", Grants(authenticated=True))
    assert known.data == {"shop": {"items": [{"price": 0}]}}


TYPES = TypeNames({"I": frozenset({"A", "B"})})
DATA = {
    "t": {
        "p": 1,
        "is": [[{"__typename": "A", "q": [{"r": 2}, None], "u": {}}, {"__typename": "B", "q": None, "u": {}}]],
    }
}


def read(*rewrites: ContextRewrite) -> list[Values | None]:
    walk = compile_standing_walk(("t", "is", LIST, LIST, TypeGuard(("I",)), "u"), TYPES)
    return [ContextValues(rewrites, TYPES).read(standing) for standing in walk(DATA)]


def test_values_are_read_up_and_down_the_response() -> None:
    up = ContextRewrite((UP, UP, "p"), "x")
    down = ContextRewrite((UP, "q", "r"), "y")

    assert read(up, down) == [(b"1", b"[2,null]"), (b"1", b"null")]


def test_of_several_types_each_has_its_own_value_or_none() -> None:
    of_a = ContextRewrite((UP, TypeGuard(("A",)), "__typename"), "x")
    of_b = ContextRewrite((UP, TypeGuard(("B",)), UP, "p"), "x")

    assert read(of_a, of_b) == [(b'"A"',), (b"1",)]
    assert read(of_a) == [(b'"A"',), (None,)]


@pytest.mark.parametrize("path", [(UP, "none"), (UP, UP, "p", "below"), (UP, "q", "none")])
def test_value_that_is_not_there_is_no_value(path: Any) -> None:
    assert read(ContextRewrite(path, "x"))[0] is None
