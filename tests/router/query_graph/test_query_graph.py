from __future__ import annotations

from router.query_graph import GraphNode, QueryGraph
from router.supergraph import load_supergraph, parse_field_set

SUPERGRAPH = load_supergraph(
    """
    enum join__Graph { A @join__graph(name: "a", url: "http://a.test") B @join__graph(name: "b", url: "http://b.test") }
    type Query @join__type(graph: A) @join__type(graph: B) {
      pets: [Pet] @join__field(graph: A, provides: "... on Dog { bark }") @join__field(graph: B)
    }
    interface Pet @join__type(graph: A) @join__type(graph: B) { id: ID! bark: Int }
    type Cat implements Pet @join__implements(graph: A, interface: "Pet") @join__type(graph: A, key: "id") {
      id: ID!
      bark: Int
    }
    type Dog implements Pet
      @join__implements(graph: A, interface: "Pet") @join__implements(graph: B, interface: "Pet")
      @join__type(graph: A, key: "id", resolvable: false) @join__type(graph: B, key: "id")
    {
      id: ID!
      bark: Int @join__field(graph: A, external: true) @join__field(graph: B)
      loud: Int @join__field(graph: B, requires: "bark")
    }
    """
)
GRAPH = QueryGraph(SUPERGRAPH)


def target_of_pets(subgraph: str) -> GraphNode:
    node = GRAPH.nodes["Query", subgraph].moves["pets"].target
    assert node is not None
    return node


def test_an_external_field_is_no_move() -> None:
    assert sorted(GRAPH.nodes["Dog", "a"].moves) == ["id"]
    assert sorted(GRAPH.nodes["Dog", "b"].moves) == ["bark", "id", "loud"]


def test_an_interface_is_asked_as_such_only_for_what_all_its_types_answer_there() -> None:
    assert sorted(GRAPH.nodes["Pet", "a"].moves) == ["id"]
    assert sorted(GRAPH.nodes["Pet", "b"].moves) == ["bark", "id"]
    assert sorted(GRAPH.nodes["Pet", "a"].possible) == ["Cat", "Dog"]
    assert sorted(GRAPH.nodes["Pet", "b"].possible) == ["Dog"]


def test_a_provided_field_is_answered_only_where_it_is_provided() -> None:
    view = target_of_pets("a")

    assert view is not GRAPH.nodes["Pet", "a"]
    assert sorted(view.possible["Dog"].moves) == ["bark", "id"]
    assert sorted(view.possible["Cat"].moves) == ["bark", "id"]
    assert target_of_pets("b") is GRAPH.nodes["Pet", "b"]


def test_only_resolvable_keys_are_entrances() -> None:
    assert [move.target for move in GRAPH.entrances("Dog")] == [GRAPH.nodes["Dog", "b"]]
    assert [move.target for move in GRAPH.entrances("Cat")] == [GRAPH.nodes["Cat", "a"]]
    assert [move.target for move in GRAPH.entrances("Query")] == list(GRAPH.roots("Query"))


def test_a_field_set_can_be_answered_only_in_full_and_without_requirements() -> None:
    dog = GRAPH.nodes["Dog", "b"]

    assert GRAPH.can_answer(dog, parse_field_set("id bark __typename"))
    assert not GRAPH.can_answer(dog, parse_field_set("id loud"))
    assert not GRAPH.can_answer(GRAPH.nodes["Pet", "a"], parse_field_set("bark"))
    assert GRAPH.can_answer(GRAPH.nodes["Pet", "a"], parse_field_set("... on Cat { bark } id"))


def test_a_field_set_that_is_gone_is_not_taken_for_another_that_came_after_it() -> None:
    dog = GRAPH.nodes["Dog", "b"]

    for _ in range(50):
        assert GRAPH.can_answer(dog, parse_field_set("id bark"))
        assert not GRAPH.can_answer(dog, parse_field_set("id loud"))
        assert len(GRAPH.split(parse_field_set("id"))) == 1
        assert len(GRAPH.split(parse_field_set("id bark"))) == 2


def test_a_field_is_in_reach_by_keys() -> None:
    assert GRAPH.can_reach(GRAPH.nodes["Dog", "a"], "loud")
    assert not GRAPH.can_reach(GRAPH.nodes["Cat", "a"], "loud")
