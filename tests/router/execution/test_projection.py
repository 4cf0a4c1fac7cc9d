"""The generated projection and the careful completion give the same response, whatever the data."""

from __future__ import annotations

from typing import Any

from graphql import build_schema
from hypothesis import given
from hypothesis import strategies as st

from router.execution.completion import Completion
from router.execution.faults import Faults
from router.execution.projection import Projector
from router.operation import parse_operation
from router.supergraph import Supergraph

SCHEMA = build_schema("""
type Query { node: Node nodes: [Node!] must: User! users: [User]! grid: [[Int!]] colours: [Colour!] }
interface Node { id: ID! }
type User implements Node { id: ID! name: String friend: User colour: Colour! }
type Pet implements Node { id: ID! owner: User! tags: [String!]! }
union Thing = User | Pet
enum Colour { RED GREEN }
""")
SUPERGRAPH = Supergraph(SCHEMA, SCHEMA, {}, {})
OPERATION = parse_operation(
    SCHEMA,
    """query ($yes: Boolean!) {
      node { kind: __typename id ...user ... on Pet @include(if: $yes) { owner { name } tags } }
      nodes { id ... on User @skip(if: $yes) { friend { ...user } } }
      must { colour }
      users { ...user }
      grid colours
    }
    fragment user on User { title: name friend { id colour } }""",
    None,
)
SCALARS = st.none() | st.just("1") | st.just("RED") | st.just(5)


def objects(depth: int) -> st.SearchStrategy[Any]:
    inner = SCALARS if depth == 0 else SCALARS | objects(depth - 1)
    entries: dict[str, st.SearchStrategy[Any]] = {
        "__typename": st.sampled_from(["User", "Pet", "Node", "Other", None]),
        "id": st.just("1"),
        "title": SCALARS,
        "friend": inner,
        "owner": inner,
        "colour": st.sampled_from(["RED", "GREEN", "BLUE", None]),
        "tags": st.none() | st.lists(st.just("t") | st.none(), max_size=2),
    }
    return st.fixed_dictionaries({}, optional=entries)


LISTS = st.none() | st.lists(objects(1) | st.none(), max_size=3)
DATA = st.fixed_dictionaries(
    {},
    optional={
        "node": objects(2) | SCALARS,
        "nodes": LISTS | SCALARS,
        "must": objects(1),
        "users": LISTS,
        "grid": st.none() | st.lists(st.lists(st.just(1) | st.none(), max_size=2) | SCALARS, max_size=2),
        "colours": st.none() | st.lists(st.sampled_from(["RED", "BLUE", None]), max_size=2),
    },
)


@given(data=DATA, yes=st.booleans())
def test_what_the_generated_code_answers_is_what_the_careful_way_answers_without_an_error(
    data: dict[str, Any], yes: bool
) -> None:
    projector = Projector(SCHEMA, OPERATION)
    projector.project({"yes": yes}, data)

    fast = projector.project({"yes": yes}, data)

    completion = Completion(SUPERGRAPH, OPERATION, {"yes": yes}, Faults("c"), {})
    careful = completion.complete(data)
    if fast is None:
        return
    assert completion.errors == []
    assert fast == careful
    assert _orders(fast) == _orders(careful)


def test_the_generated_code_takes_data_in_which_nothing_is_amiss() -> None:
    user = {"__typename": "User", "id": "1", "title": "Ada", "colour": "RED", "friend": None}
    projector = Projector(SCHEMA, OPERATION)
    data = {"node": user, "nodes": [user], "must": user, "users": [user, None], "grid": [[1], None], "colours": ["RED"]}

    assert projector.project({"yes": True}, data) is None
    assert projector.project({"yes": True}, data) == {
        "node": {"kind": "User", "id": "1", "title": "Ada", "friend": None},
        "nodes": [{"id": "1"}],
        "must": {"colour": "RED"},
        "users": [{"title": "Ada", "friend": None}, None],
        "grid": [[1], None],
        "colours": ["RED"],
    }


def _orders(value: Any) -> Any:
    if isinstance(value, dict):
        return [(key, _orders(inner)) for key, inner in value.items()]
    return [_orders(inner) for inner in value] if isinstance(value, list) else None
