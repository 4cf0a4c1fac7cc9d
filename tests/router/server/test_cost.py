"""Cost of operations: the arithmetic, and the limit, which is checked before any subgraph is called."""

from __future__ import annotations

from typing import Any

import pytest

from router.composition import SubgraphSource, compose
from router.config import LimitsConfig, RouterConfig
from router.operation import parse_operation
from router.server.cost import CostEstimator
from router.supergraph import load_supergraph

from .clients import post
from .federation import Federation

SHOP = load_supergraph(
    compose(
        [
            SubgraphSource(
                "shop",
                "http://shop",
                """
            extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@cost", "@listSize"])
            type Query {
              item: Item
              items: [Item!]!
              few: [Item!]! @listSize(assumedSize: 3)
              first(first: Int = 4, last: Int): [Item] @listSize(slicingArguments: ["first", "last"])
              page(first: Int!): Page @listSize(slicingArguments: ["first"], sizedFields: ["items"])
              search(where: Filter, text: String @cost(weight: 5)): Item
              it: Thing
              find(by: Any): Item
            }
            scalar Any @cost(weight: 3)
            type Mutation { buy: Item }
            type Page { items: [Item] total: Int }
            type Item implements Thing { id: ID price: Int @cost(weight: 7) dear: Dear }
            type Dear implements Thing @cost(weight: 20) { id: ID }
            interface Thing { id: ID }
            input Filter { name: String @cost(weight: 2) and: [Filter!] }
            """,
            )
        ]
    )
)


def cost(text: str, **variables: Any) -> int:
    operation = parse_operation(SHOP.public_schema, text, None)
    return CostEstimator(SHOP, list_size=10).estimate(operation, variables)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ item { id __typename } }", 1),
        ("{ a: item { id } b: item { price } }", 9),
        ("{ item { dear { id } } }", 21),
        ("{ it { id } }", 20),
        ("{ items { id } }", 10),
        ("{ items { price } }", 80),
        ("{ few { price } }", 24),
        ("{ first { id } }", 4),
        ("{ first(first: 2) { dear { id } } }", 42),
        ("{ first(first: 2, last: 6) { id } }", 6),
        ("{ first(first: -5) { id } items { id } }", 10),
        ("{ page(first: 5) { total items { id } } }", 6),
        ("{ page(first: 5) { ...p } } fragment p on Page { items { price } }", 41),
        ('{ search(text: "a") { id } }', 6),
        ('{ search(where: {name: "a", and: [{name: "b"}, {}]}) { id } }', 8),
        ("{ search(where: null) { id } }", 1),
        ("{ search(where: {and: null}) { id } }", 2),
        ("{ find(by: {a: {b: [1, 2]}}) { id } }", 4),
        ("{ find(by: [{a: 1}, 2]) { id } }", 7),
        ("mutation { buy { id } }", 11),
        ("{ item { ...a ...a } } fragment a on Item { price }", 15),
        ("{ item @skip(if: true) { id } it @include(if: false) { id } }", 0),
        ("{ __schema { types { name } } }", 0),
    ],
)  # fmt: skip
def test_costs_add_up(text: str, expected: int) -> None:
    assert cost(text) == expected


def test_variables_decide_on_lengths_and_on_what_is_there() -> None:
    query = "query ($n: Int, $x: Boolean!) { first(first: $n) { id price @include(if: $x) } }"

    assert [cost(query, n=3, x=True), cost(query, n=100, x=False), cost(query, x=False)] == [24, 100, 4]


def test_fragments_are_measured_once_however_often_they_are_spread() -> None:
    spreads = " ".join(f"fragment f{n} on Item {{ dear {{ id }} ...f{n + 1} ...f{n + 1} }}" for n in range(60))

    assert cost("{ item { ...f0 } } " + spreads + " fragment f60 on Item { id }") == 1 + 20 * (2**60 - 1)


async def test_an_operation_over_the_cost_limit_calls_no_subgraph() -> None:
    federation = Federation(RouterConfig(limits=LimitsConfig(cost=20, cost_list_size=20)))

    dear = await post(federation.app, "{ headers users { id } a: user(id: 1) { id } }")
    assert federation.accounts.queries == []
    cheap = await post(federation.app, "{ users { id } }")

    expected = {"estimated": 21, "maximum": 20}
    assert dear.json["errors"] == [
        {
            "message": "The operation's cost of 21 is over the limit of 20.",
            "extensions": {"code": "QUERY_TOO_COMPLEX", "limit": "cost", "maximum": 20, "cost": expected},
        }
    ]
    assert cheap.json["extensions"] == {"cost": {"estimated": 20, "maximum": 20}}


async def test_an_operation_over_the_height_limit_calls_no_subgraph() -> None:
    federation = Federation(RouterConfig(limits=LimitsConfig(height=4)))

    tall = await post(federation.app, "{ users { ...u } u: users { id } } fragment u on User { id name }")
    assert federation.accounts.queries == []
    short = await post(federation.app, "{ users { ...u } __typename } fragment u on User { id name }")

    assert tall.json["errors"][0]["extensions"] == {"code": "QUERY_TOO_COMPLEX", "limit": "height", "maximum": 4}
    assert "errors" not in short.json
