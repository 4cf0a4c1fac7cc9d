"""Unions and interfaces whose types differ by subgraph: which of them are asked for where."""

from __future__ import annotations

import pytest

from router.operation import parse_operation
from router.plan.nodes import Fetch
from router.planner import Planner
from tests.router.planner.supergraphs import compose_supergraph

SHARED_BY_KEY = compose_supergraph(
    a="""
        type Query { box: Box }
        type Box @key(fields: "id") { id: ID! things: [Thing!]! @shareable notes: [Note!]! @shareable }
        union Thing = Pen | Cup
        interface Note { text: String }
        type Memo implements Note @shareable { text: String }
        type Card implements Note { text: String size: Int }
        type Pen @shareable { ink: String }
        type Cup { content: String }
    """,
    b="""
        type Box @key(fields: "id") { id: ID! things: [Thing!]! @shareable notes: [Note!]! @shareable }
        union Thing = Pen
        interface Note { text: String }
        type Memo implements Note @shareable { text: String }
        type Pen @shareable { ink: String }
    """,
)
SHARED_WITHOUT_A_KEY = compose_supergraph(
    a="""
        type Query { box: Box }
        type Box @shareable { things: [Thing!]! }
        union Thing = Pen | Cup
        type Pen @shareable { ink: String }
        type Cup { content: String }
    """,
    b="""
        type Query { other: Box }
        type Box @shareable { things: [Thing!]! }
        union Thing = Pen
        type Pen @shareable { ink: String }
    """,
)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (
            "{ box { things { ... on Pen { ink } ... on Cup { content } } } }",
            "{box{things{__typename ...on Pen{ink}}}}",
        ),
        ("{ box { notes { ... on Card { size } } } }", "{box{notes{__typename}}}"),
        ("{ box { notes { text } } }", "{box{notes{__typename text}}}"),
    ],
)
def test_a_type_that_another_subgraph_never_returns_for_a_shared_field_is_not_asked_for(text: str, asked: str) -> None:
    found = Planner(SHARED_BY_KEY).plan(parse_operation(SHARED_BY_KEY.public_schema, text, None)).node

    assert isinstance(found, Fetch)
    assert found.operation == asked


def test_every_type_is_asked_for_where_one_subgraph_alone_can_resolve_the_field() -> None:
    text = "{ box { things { ... on Pen { ink } ... on Cup { content } } } }"

    found = Planner(SHARED_WITHOUT_A_KEY).plan(parse_operation(SHARED_WITHOUT_A_KEY.public_schema, text, None)).node

    assert isinstance(found, Fetch)
    assert found.operation == "{box{things{__typename ...on Cup{content} ...on Pen{ink}}}}"


def test_what_is_left_out_does_not_decide_where_the_rest_is_asked() -> None:
    supergraph = compose_supergraph(
        a="""
            type Query { thing: Thing @shareable }
            union Thing = Pen | Cup
            type Pen @shareable { ink: String }
            type Cup { content: String }
        """,
        b="""
            type Query { thing: Thing @shareable pen: Pen }
            union Thing = Pen
            type Pen @shareable { ink: String }
        """,
    )
    text = "{ thing { ... on Cup { content } } pen { ink } }"

    found = Planner(supergraph).plan(parse_operation(supergraph.public_schema, text, None)).node

    assert isinstance(found, Fetch)
    assert (found.subgraph, found.operation) == ("b", "{thing{__typename} pen{ink}}")
