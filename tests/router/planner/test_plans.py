from __future__ import annotations

import gc

import pytest

from router.errors import PlanError
from router.operation import parse_operation
from router.plan.nodes import (
    LIST,
    BatchFetch,
    Condition,
    Fetch,
    Flatten,
    Node,
    OperationKind,
    Parallel,
    QueryPlan,
    RequiredField,
    RequiredFragment,
    Sequence,
    SetTypename,
    Subscription,
    TypeGuard,
)
from router.planner import Planner, PlannerOptions
from router.supergraph import Supergraph, load_supergraph
from tests.router.planner.supergraphs import compose_supergraph

PEOPLE = compose_supergraph(
    users="""
        type Query { me: User users: [User!]! }
        type Mutation { rename(name: String!): User forget: Boolean }
        type Subscription { renamed: User }
        type User @key(fields: "id") { id: ID! name: String old: Int }
    """,
    posts="""
        type Query { posts: [Post!]! }
        type Mutation { write(text: String): Post }
        type Post { text: String author: User reviewer: User }
        type User @key(fields: "id") { id: ID! posts: [Post!]! old: Int @override(from: "users", label: "moved") }
    """,
)
USER_BY_ID = (RequiredFragment("User", (RequiredField("__typename"), RequiredField("id"))),)


def plan(text: str, *labels: str, options: PlannerOptions | None = None) -> QueryPlan:
    operation = parse_operation(PEOPLE.public_schema, text, None)
    return Planner(PEOPLE, options).plan(operation, frozenset(labels))


def nodes_of(query_plan: QueryPlan) -> tuple[Node, ...]:
    assert isinstance(query_plan.node, Sequence)
    return query_plan.node.nodes


def operation_of(node: Node | Subscription | None) -> str:
    match node:
        case Fetch() | BatchFetch():
            return node.operation
        case Flatten():
            return node.node.operation
        case _:
            message = f"{node!r} is not one fetch."
            raise AssertionError(message)


def test_one_subgraph_is_asked_once_and_in_the_order_of_the_query() -> None:
    found = plan("{ users { name key: id } me { __typename } }").node

    assert operation_of(found) == "{users{name key: id} me{__typename}}"


def test_an_entity_is_completed_by_its_key() -> None:
    first, second = nodes_of(plan("{ me { name posts { text } } }"))

    assert operation_of(first) == "{me{__typename name id}}"
    assert second == Flatten(
        ("me",),
        Fetch(
            "posts",
            OperationKind.QUERY,
            "query($representations: [_Any!]!){_entities(representations: $representations){...on User{posts{text}}}}",
            requires=USER_BY_ID,
        ),
    )


def test_objects_at_several_paths_share_one_entities_field_where_they_ask_the_same() -> None:
    _, batch = nodes_of(plan("{ posts { author { name } reviewer { name } } }"))

    assert isinstance(batch, BatchFetch)
    (entity,) = batch.entities
    assert entity.paths == (("posts", LIST, "author"), ("posts", LIST, "reviewer"))
    assert batch.operation == (
        "query($representations_0: [_Any!]!){_e0: _entities(representations: $representations_0){...on User{name}}}"
    )


def test_without_the_pass_each_path_is_its_own_request() -> None:
    _, second = nodes_of(
        plan("{ posts { author { name } reviewer { name } } }", options=PlannerOptions(passes=frozenset()))
    )

    assert isinstance(second, Parallel)
    assert len(second.nodes) == 2


def test_a_fetch_that_only_a_variable_asks_for_stands_under_that_condition() -> None:
    first, second = nodes_of(plan("query($x: Boolean!) { me { name posts @include(if: $x) { text } } }"))

    assert operation_of(first) == "query($x: Boolean!){me{__typename name id @include(if: $x)}}"
    assert isinstance(second, Condition)
    assert second.variable == "x"
    assert operation_of(second.if_true).endswith("{...on User{posts{text}}}}")
    assert second.if_false is None


def test_two_conditions_of_one_kind_go_around_one_another() -> None:
    found = plan("query($a: Boolean!, $b: Boolean!) { me { id ... @skip(if: $a) { name @skip(if: $b) } } }").node

    assert operation_of(found) == ("query($a: Boolean!, $b: Boolean!){me{id ...@skip(if: $b){name @skip(if: $a)}}}")


def test_a_contradiction_is_never_fetched() -> None:
    found = plan("query($a: Boolean!) { me { id name @skip(if: $a) @include(if: $a) } }").node

    assert operation_of(found) == "{me{id}}"


def test_mutations_run_one_after_the_other_with_all_that_completes_them() -> None:
    nodes = nodes_of(plan('mutation { a: rename(name: "x") { posts { text } } forget write { text } b: forget }'))

    assert [operation_of(node) for node in nodes] == [
        'mutation{a: rename(name: "x"){__typename id} forget}',
        "query($representations: [_Any!]!){_entities(representations: $representations){...on User{posts{text}}}}",
        "mutation{write{text}}",
        "mutation{b: forget}",
    ]


SHARED_MUTATION = compose_supergraph(
    a="""
        type Query { now: Int }
        type Mutation { move: Thing @shareable }
        type Thing @key(fields: "id") { id: ID! weight: Int }
    """,
    b="""
        type Mutation { move: Thing @shareable stop: Thing }
        type Thing @key(fields: "id") { id: ID! height: Int width: Int }
    """,
)


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("mutation { move { weight height } }", "mutation{move{__typename weight id}}"),
        ("mutation { move { width height } stop { id } }", "mutation{move{width height}}"),
    ],
)
def test_a_mutation_that_subgraphs_share_is_called_in_one_of_them(text: str, called: str) -> None:
    plan = Planner(SHARED_MUTATION).plan(parse_operation(SHARED_MUTATION.public_schema, text, None))

    operations = [operation_of(node) for node in nodes_of(plan)]
    assert operations[0] == called
    assert not any("move" in operation for operation in operations[1:])


def test_a_subscription_is_completed_at_each_event() -> None:
    found = plan("subscription { renamed { posts { text } } }").node

    assert isinstance(found, Subscription)
    assert found.primary.operation == "subscription{renamed{__typename id}}"
    assert operation_of(found.rest).endswith("{...on User{posts{text}}}}")


def test_a_label_moves_a_field_to_the_subgraph_that_overrides_it() -> None:
    assert operation_of(plan("{ me { old } }").node) == "{me{old}}"
    assert len(nodes_of(plan("{ me { old } }", "moved"))) == 2


def test_introspection_and_the_root_typename_are_left_to_the_executor() -> None:
    assert plan("{ __typename __schema { queryType { name } } }") == QueryPlan(None)


def test_a_client_variable_named_representations_does_not_clash() -> None:
    supergraph = compose_supergraph(
        a='type Query { it: It } type It @key(fields: "id") { id: ID! }',
        b='type It @key(fields: "id") { id: ID! more(than: Int): Int }',
    )
    text = "query($representations: Int) { it { more(than: $representations) } }"

    found = Planner(supergraph).plan(parse_operation(supergraph.public_schema, text, None))

    _, batch = nodes_of(found)
    assert operation_of(batch) == (
        "query($representations_0: [_Any!]!, $representations: Int)"
        "{_e0: _entities(representations: $representations_0){...on It{more(than: $representations)}}}"
    )


def test_an_interface_object_is_sent_the_interfaces_name() -> None:
    supergraph = compose_supergraph(
        a="""
            type Query { accounts: [Account!]! }
            interface Account @key(fields: "id") { id: ID! }
            type Admin implements Account @key(fields: "id") { id: ID! }
        """,
        b='type Account @key(fields: "id") @interfaceObject { id: ID! visits: Int }',
    )
    text = "{ accounts { ... on Admin { visits } } }"

    _, second = nodes_of(Planner(supergraph).plan(parse_operation(supergraph.public_schema, text, None)))

    assert isinstance(second, Flatten)
    assert second.path == ("accounts", LIST, TypeGuard(("Admin",)))
    assert second.node.input_rewrites == (SetTypename((TypeGuard(("Account",)),), "Account"),)


UNSATISFIABLE = """
enum join__Graph { A @join__graph(name: "a", url: "http://a.test") B @join__graph(name: "b", url: "http://b.test") }
type Query @join__type(graph: A) { it: It }
type It @join__type(graph: A, key: "id") @join__type(graph: B, key: "other") {
  id: ID! @join__field(graph: A)
  other: ID! @join__field(graph: B)
  more: Int @join__field(graph: B)
}
"""


def test_what_no_subgraph_can_answer_is_refused_by_name() -> None:
    supergraph = load_supergraph(UNSATISFIABLE)

    with pytest.raises(PlanError, match=r"No subgraph can resolve It\.more at 'it'\."):
        Planner(supergraph).plan(parse_operation(supergraph.public_schema, "{ it { more } }", None))


TAKING_FROM_CONTEXT = compose_supergraph(
    a="""
        type Query { t: T } type T @context(name: "c") { p: String u: U }
        type U @key(fields: "id") { id: ID! plain: Int f(a: String @fromContext(field: "$c { p }")): Int }
    """,
    b='type Query { other: Int } type U @key(fields: "id") { id: ID! }',
)


@pytest.mark.parametrize(
    ("supergraph", "text"),
    [
        (PEOPLE, "{ me { name ... @include(if: true) { posts { author { name } } } } users { old } posts { text } }"),
        (PEOPLE, 'mutation { write(text: "a") { author { name } } forget }'),
        (PEOPLE, "subscription { renamed { name posts { text reviewer { old posts { text } } } } }"),
        (TAKING_FROM_CONTEXT, "{ t { u { f } } }"),
    ],
)
def test_planning_leaves_nothing_for_the_garbage_collector(supergraph: Supergraph, text: str) -> None:
    planner = Planner(supergraph)
    operation = parse_operation(supergraph.public_schema, text, None)
    gc.collect()
    gc.disable()
    try:
        planner.plan(operation)

        assert gc.collect() == 0
    finally:
        gc.enable()
