"""Where several plans answer, the one with the fewest calls and waves is made."""

from __future__ import annotations

from router.operation import parse_operation
from router.plan.nodes import Flatten, Node, Sequence, Subscription
from router.planner import Planner
from router.supergraph import Supergraph
from tests.router.planner.supergraphs import compose_supergraph
from tests.router.planner.test_audit_plans import price

LISTS = compose_supergraph(
    products="""
        type Query { list: List }
        type List @key(fields: "products { id }") { products: [Product!]! }
        type Product @key(fields: "id") { id: ID! kind: Kind @shareable }
        type Kind @key(fields: "id") { id: ID! tag: String @shareable }
    """,
    numbers='type Product @key(fields: "id") @key(fields: "id number") { id: ID! number: Int }',
    picks="""
        type List @key(fields: "products { id number }") {
          products: [Product!]! first: Product @shareable picked: Product @shareable
        }
        type Product @key(fields: "id number") { id: ID! number: Int }
    """,
    prices="""
        type List @key(fields: "products { id number kind { id tag } } picked { id }") {
          products: [Product!]! first: Product @shareable picked: Product @shareable
        }
        type Product @key(fields: "id number kind { id tag }") { id: ID! price: Price number: Int kind: Kind }
        type Price { amount: Int }
        type Kind @key(fields: "id tag") { id: ID! tag: String }
    """,
)


def plan_of(supergraph: Supergraph, text: str) -> Node | None:
    found = Planner(supergraph).plan(parse_operation(supergraph.public_schema, text, None)).node
    assert not isinstance(found, Subscription)
    return found


def test_calls_that_the_parts_of_a_key_share_are_counted_once() -> None:
    """What is picked has its kind in the subgraph that is asked for prices anyway."""
    text = "{ list { picked { kind { tag id } } first { price { __typename } number } products { id kind { id } } } }"

    assert price(plan_of(LISTS, text)) == (4, 4)


def test_of_two_ways_that_cost_the_same_that_with_the_smaller_key_is_taken() -> None:
    found = plan_of(LISTS, "{ list { picked { kind { tag } } } }")

    assert isinstance(found, Sequence)
    last = found.nodes[-1]
    assert isinstance(last, Flatten)
    assert last.node.subgraph == "products"


def test_a_key_that_is_read_in_two_places_for_two_fetches_is_no_circle() -> None:
    """The id is read first for size and code, and again with the code for the price."""
    supergraph = compose_supergraph(
        first='type Query { it: It } type It @key(fields: "id") { id: ID! }',
        sizes='type It @key(fields: "id") { id: ID! size: Int }',
        codes='type It @key(fields: "id") { id: ID! code: ID! @shareable }',
        prices='type It @key(fields: "id code") { id: ID! code: ID! @shareable price: Int }',
    )

    assert price(plan_of(supergraph, "{ it { size price } }")) == (4, 3)


def test_a_shared_root_field_is_asked_of_the_subgraph_that_is_asked_anyway() -> None:
    supergraph = compose_supergraph(
        a='type Query { it: It @shareable } type It @key(fields: "id") { id: ID! }',
        b='type Query { it: It @shareable all: [It!]! } type It @key(fields: "id") { id: ID! }',
        c='type It @key(fields: "id") { id: ID! size: Int }',
    )

    assert price(plan_of(supergraph, "{ it { size } all { id } }")) == (2, 2)
