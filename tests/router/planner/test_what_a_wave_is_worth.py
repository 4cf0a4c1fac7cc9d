"""Where whole plans are compared, a wave counts as two calls; of equal plans that with fewer fetches is made."""

from __future__ import annotations

import pytest

from router.operation import parse_operation
from router.plan.nodes import Flatten, Sequence
from router.planner import Planner
from tests.router.planner.supergraphs import compose_supergraph
from tests.router.planner.test_audit_plans import price
from tests.router.planner.test_cheapest_plans import plan_of
from tests.router.suites.federation import load_federation

# One subgraph has every field, by a code that must be fetched first; each field also has a subgraph of its own.
FIELDS = ("one", "two", "three", "four")
SUPERGRAPH = compose_supergraph(
    start='type Query { it: It } type It @key(fields: "id") { id: ID! }',
    codes='type It @key(fields: "id") @key(fields: "code") { id: ID! code: ID! }',
    all=f'type It @key(fields: "code") {{ code: ID! @shareable {" ".join(f"{f}: Int @shareable" for f in FIELDS)} }}',
    **{f"only_{f}": f'type It @key(fields: "id") {{ id: ID! {f}: Int @shareable }}' for f in FIELDS},
)


@pytest.mark.parametrize(("count", "calls_and_waves"), [(1, (2, 2)), (2, (3, 2)), (3, (4, 2)), (4, (3, 3))])
def test_a_wave_is_saved_for_one_call_more_and_not_for_two(count: int, calls_and_waves: tuple[int, int]) -> None:
    assert price(plan_of(SUPERGRAPH, f"{{ it {{ {' '.join(FIELDS[:count])} }} }}")) == calls_and_waves


def test_of_equal_plans_that_with_fewer_fetches_is_made() -> None:
    """The greeting could as well be fetched for admins and guests apart, since the admin's type is asked for."""
    supergraph = load_federation("interface-objects").supergraph
    text = "{ accounts { greeting ... on Admin { __typename } } }"

    node = Planner(supergraph).plan(parse_operation(supergraph.public_schema, text, None)).node

    assert isinstance(node, Sequence)
    assert [type(part) for part in node.nodes[1:]] == [Flatten]
