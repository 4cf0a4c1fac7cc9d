"""The generated projection and the careful completion give the same response, whatever the data."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from graphql import build_schema
from hypothesis import given, settings
from hypothesis import strategies as st

from router.execution.completion import Completion
from router.execution.faults import Faults
from router.execution.generated.projection import Projector
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
Path = tuple[str | int, ...]
MISSING = "missing"


def _user() -> dict[str, Any]:
    friend = {
        "__typename": "User",
        "id": "2",
        "title": "Grace",
        "colour": "GREEN",
        "friend": {"id": "3", "colour": "RED"},
    }
    return {"__typename": "User", "id": "1", "title": "Ada", "colour": "RED", "friend": friend}


def _pet() -> dict[str, Any]:
    return {"__typename": "Pet", "id": "4", "owner": {"name": "Ada"}, "tags": ["a", "b"]}


def _well() -> dict[str, Any]:
    return {
        "node": _pet(), "nodes": [_user(), _pet()], "must": _user(), "users": [_user(), None],
        "grid": [[1, 2], None], "colours": ["RED", "GREEN"],
    }  # fmt: skip


def _paths(value: Any, here: Path = ()) -> list[Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, below in inner for path in _paths(below, (*here, key)))]


PLACES = st.sampled_from([path for path in _paths(_well()) if path])
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, "1", 5, "BLUE", "User", "Node", "Other", {}, [], [None], [5], MISSING]
)


def _change(data: Any, path: Path, value: Any) -> None:
    """Put a value at a path, where the path still exists."""
    *above, last = path
    for key in above:
        data = _step(data, key)
    if isinstance(data, dict) and value == MISSING:
        data.pop(last, None)
    elif isinstance(data, dict):
        data[last] = value
    if isinstance(data, list) and isinstance(last, int) and last < len(data):
        data[last] = value


def _step(data: Any, key: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(key)
    return data[key] if isinstance(data, list) and isinstance(key, int) and key < len(data) else None


@given(changes=st.lists(st.tuples(PLACES, VALUES), max_size=2), yes=st.booleans())
@settings(max_examples=1000)
def test_what_the_generated_code_answers_is_what_the_careful_way_answers_without_an_error(
    changes: list[tuple[Path, Any]], yes: bool
) -> None:
    data = _well()
    for path, value in changes:
        # A copy: one value put into itself would make data that no JSON holds.
        _change(data, path, deepcopy(value))
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
