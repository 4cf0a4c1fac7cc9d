"""Access rules of the supergraph: what callers may not see is neither fetched nor shown."""

from __future__ import annotations

from typing import Any

import pytest

from router.composition import SubgraphSource, compose
from router.errors import OperationError
from router.execution import Dispatcher, Endpoint, Executor, ExecutorOptions, RequestContext, Response
from router.plan.nodes import Subscription
from router.planner import Planner
from router.supergraph import Grants, load_supergraph

from .conftest import CannedTransport

LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.8",
  import: ["@key", "@authenticated", "@requiresScopes", "@policy"])"""
PEOPLE = """
type Query { me: User number: Int! @authenticated open: Int nodes: [Node!] things: [Thing] }
type Mutation { touch: User }
type Subscription { ticks: Int @authenticated people: User }
type User @key(fields: "id") {
  id: ID!
  name: String
  email: String @requiresScopes(scopes: [["read:email", "read"], ["admin"]])
  salary: Money
  vip: Boolean! @policy(policies: [["hr", "boss"], ["owner"]])
}
scalar Money @requiresScopes(scopes: [["pay"]])
interface Node { id: ID! note: String }
type Open implements Node { id: ID! note: String }
type Closed implements Node { id: ID! note: String @authenticated }
union Thing = Open | Vault
type Vault @authenticated { code: Int }
"""
RATINGS = 'type User @key(fields: "id") { id: ID! rating: Int @authenticated }'
SUPERGRAPH = compose([
    SubgraphSource("people", "http://people", LINK + PEOPLE),
    SubgraphSource("ratings", "http://ratings", LINK + RATINGS),
])  # fmt: skip
USER = {"__typename": "User", "id": "1", "name": "Ada", "email": "a@b", "salary": "9", "vip": True, "rating": 5}
DATA = {
    "me": USER,
    "touch": USER,
    "number": 7,
    "open": 1,
    "nodes": [{"__typename": "Open", "id": "1", "note": "o"}, {"__typename": "Closed", "id": "2", "note": "c"}],
    "things": [{"__typename": "Open", "id": "1"}, {"__typename": "Vault", "code": 3}],
    "_entities": [USER],
}
KNOWN = Grants(authenticated=True)


class Guarded:
    """A router over two subgraphs which answer everything, asked or not."""

    def __init__(self, *, refuse: bool = False) -> None:
        supergraph = load_supergraph(SUPERGRAPH)
        self.transport = CannedTransport(lambda *_: {"data": DATA})
        endpoints = {name: Endpoint(subgraph.url) for name, subgraph in supergraph.subgraphs.items()}
        options = ExecutorOptions(refuse_unauthorised=refuse)
        self.executor = Executor(supergraph, Planner(supergraph), Dispatcher(self.transport, endpoints), options)

    async def run(self, query: str, grants: Grants = Grants(), **variables: Any) -> Response:  # noqa: B008 - frozen.
        executable = self.executor.prepare(query, None, grants)
        return await executable.execute(executable.coerce(variables), RequestContext(correlation_id="c"))

    @property
    def asked(self) -> str:
        return " ".join(body["query"] for _, body in self.transport.asked)


def refused_at(response: Response) -> list[list[str | int]]:
    assert {error["extensions"]["code"] for error in response.errors} <= {"UNAUTHORIZED_FIELD_OR_TYPE"}
    return [error["path"] for error in response.errors]


async def test_a_field_without_leave_is_null_with_an_error_and_is_not_fetched() -> None:
    guarded = Guarded()

    response = await guarded.run("{ me { name mail: email } }")

    assert response.data == {"me": {"name": "Ada", "mail": None}}
    assert response.errors == [
        {
            "message": "Unauthorized field or type.",
            "path": ["me", "mail"],
            "extensions": {"code": "UNAUTHORIZED_FIELD_OR_TYPE"},
        }
    ]
    assert "name" in guarded.asked
    assert "email" not in guarded.asked


async def test_a_subgraph_that_only_has_what_is_forbidden_is_not_called() -> None:
    guarded = Guarded()

    response = await guarded.run("{ me { id rating } }")

    assert response.data == {"me": {"id": "1", "rating": None}}
    assert [subgraph for subgraph, _ in guarded.transport.asked] == ["people"]
    assert (await guarded.run("{ me { id rating } }", KNOWN)).data == {"me": {"id": "1", "rating": 5}}


async def test_an_operation_of_which_nothing_is_left_calls_nobody_and_nulls_as_its_types_say() -> None:
    guarded = Guarded()

    response = await guarded.run("{ open: number }")

    assert response.data is None
    assert refused_at(response) == [["open"]]
    assert guarded.transport.asked == []


@pytest.mark.parametrize(
    ("field", "grants", "expected"),
    [
        ("email", KNOWN, None),
        ("email", Grants(authenticated=True, scopes=frozenset({"read"})), None),
        ("email", Grants(authenticated=True, scopes=frozenset({"read", "read:email"})), "a@b"),
        ("email", Grants(authenticated=True, scopes=frozenset({"admin"})), "a@b"),
        ("salary", KNOWN, None),
        ("salary", Grants(authenticated=True, scopes=frozenset({"pay"})), "9"),
    ],
)
async def test_scopes_are_any_of_lists_of_all(field: str, grants: Grants, expected: str | None) -> None:
    response = await Guarded().run(f"{{ me {{ {field} }} }}", grants)

    assert response.data == {"me": {field: expected}}
    assert refused_at(response) == ([] if expected else [["me", field]])


@pytest.mark.parametrize(
    ("policies", "expected"), [({"hr"}, None), ({"hr", "boss"}, {"vip": True}), ({"owner"}, {"vip": True})]
)
async def test_a_non_null_field_without_leave_nulls_its_parent(policies: set[str], expected: Any) -> None:
    response = await Guarded().run("{ me { vip } }", Grants(authenticated=True, policies=frozenset(policies)))

    assert response.data == {"me": expected}
    assert refused_at(response) == ([] if expected else [["me", "vip"]])


async def test_a_field_of_an_interface_is_shown_by_those_types_that_may() -> None:
    guarded = Guarded()

    response = await guarded.run("{ nodes { id note } }")

    assert response.data == {"nodes": [{"id": "1", "note": "o"}, {"id": "2", "note": None}]}
    assert refused_at(response) == [["nodes", 1, "note"]]
    assert "Closed" not in guarded.asked


async def test_objects_of_a_type_without_leave_are_null_even_where_nothing_is_asked_of_them() -> None:
    guarded = Guarded()

    response = await guarded.run("{ things { __typename ... on Vault { code } ...o } } fragment o on Open { id }")

    assert response.data == {"things": [{"__typename": "Open", "id": "1"}, None]}
    assert refused_at(response) == [["things", 1]]
    assert "code" not in guarded.asked
    assert (await guarded.run("{ things { __typename } }", KNOWN)).data == {
        "things": [{"__typename": "Open"}, {"__typename": "Vault"}]
    }


async def test_fragments_and_conditions_lead_around_no_rule() -> None:
    guarded = Guarded()
    query = "query ($no: Boolean!) { me { ...f ... @include(if: $no) { email } } } fragment f on User { email }"

    shown, hidden = await guarded.run(query, no=True), await guarded.run("{ me { name email @skip(if: true) } }")

    assert (shown.data, refused_at(shown)) == ({"me": {"email": None}}, [["me", "email"]])
    assert (hidden.data, hidden.errors) == ({"me": {"name": "Ada"}}, [])
    assert "email" not in guarded.asked


async def test_a_mutation_runs_for_what_its_caller_may_see() -> None:
    guarded = Guarded()

    response = await guarded.run("mutation { touch { email } }")

    assert response.data == {"touch": {"email": None}}
    assert [body["query"] for _, body in guarded.transport.asked] == ["mutation{touch{__typename}}"]


async def test_callers_of_different_standing_never_share_an_answer() -> None:
    guarded = Guarded()
    query = "{ number }"

    datas = [(await guarded.run(query, grants)).data for grants in (KNOWN, Grants(), KNOWN, Grants(), KNOWN)]

    assert datas == [{"number": 7}, None, {"number": 7}, None, {"number": 7}]


def test_by_setting_the_whole_operation_is_refused_with_each_place() -> None:
    guarded = Guarded(refuse=True)

    with pytest.raises(OperationError) as refusal:
        guarded.executor.prepare("{ open number me { email } }", None)

    assert refusal.value.code == "UNAUTHORIZED_FIELD_OR_TYPE"
    assert [(error.message, error.locations) for error in refusal.value.errors] == [
        ("Unauthorized field or type: Query.number.", [(1, 8)]),
        ("Unauthorized field or type: User.email.", [(1, 20)]),
    ]
    assert guarded.executor.prepare("{ open number me { name } }", None, KNOWN).plan.node is not None


def test_a_subscription_of_which_nothing_is_left_is_refused() -> None:
    with pytest.raises(OperationError, match=r"Subscription\.ticks"):
        Guarded().executor.prepare("subscription { ticks }", None)


def test_a_subscription_of_which_something_is_left_goes_on_with_that() -> None:
    prepared = Guarded().executor.prepare("subscription { people { name email } }", None)

    assert isinstance(prepared.plan.node, Subscription)
    assert prepared.plan.node.primary.operation == "subscription{people{name}}"
