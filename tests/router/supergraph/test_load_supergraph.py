from __future__ import annotations

import pytest
from graphql import print_schema, print_type

from router.errors import SupergraphError
from router.supergraph import OwnedField, Subgraph, load_supergraph

INACCESSIBLE = "https://specs.apollo.dev/inaccessible/v0.2"
HEAD = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)
  @link(url: "https://company.test/custom/v1.0", import: ["@mark", { name: "@other", as: "@renamed" }])
{ query: Query }
directive @inaccessible on FIELD_DEFINITION
directive @mark on FIELD_DEFINITION
directive @renamed on FIELD
directive @kept on FIELD
directive @join__type(graph: join__Graph!, key: String) repeatable on OBJECT
scalar join__FieldSet
enum join__Graph {
  ONE @join__graph(name: "one", url: "http://one.test")
  TWO @join__graph(name: "two", url: "http://two.test")
}
"""


def test_subgraphs_are_known_by_their_own_names() -> None:
    supergraph = load_supergraph(HEAD + "type Query @join__type(graph: ONE) { a: Int }")

    assert dict(supergraph.subgraphs) == {
        "one": Subgraph("one", "http://one.test"),
        "two": Subgraph("two", "http://two.test"),
    }


def test_a_field_without_join_belongs_to_all_owners_and_one_with_to_those_it_names() -> None:
    supergraph = load_supergraph(
        HEAD
        + """
        type Query @join__type(graph: ONE) @join__type(graph: TWO) {
          both: Int
          one: Int @join__field(graph: ONE)
          outside: Int @join__field(graph: TWO, external: true)
          left: Int @join__field(graph: ONE, usedOverridden: true) @join__field(graph: TWO, override: "one")
          nobody: Int @join__field
          typed: ID! @join__field(graph: ONE, type: "ID")
        }
        """
    )

    fields = supergraph.types["Query"].fields
    assert {name: dict(owners) for name, owners in fields.items()} == {
        "both": {"one": OwnedField(), "two": OwnedField()},
        "one": {"one": OwnedField()},
        "outside": {"two": OwnedField(external=True)},
        "left": {"one": OwnedField(external=True), "two": OwnedField()},
        "nobody": {},
        "typed": {"one": OwnedField(type_text="ID")},
    }


def test_a_label_makes_two_subgraphs_take_turns() -> None:
    supergraph = load_supergraph(
        HEAD
        + """
        type Query @join__type(graph: ONE) @join__type(graph: TWO) {
          moving: Int @join__field(graph: ONE) @join__field(graph: TWO, override: "one", overrideLabel: "go")
        }
        """
    )

    owners = supergraph.types["Query"].fields["moving"]
    assert (owners["one"].override_label, owners["one"].label_active) == ("go", False)
    assert (owners["two"].override_label, owners["two"].label_active) == ("go", True)


def test_the_public_schema_has_neither_machinery_nor_hidden_elements() -> None:
    supergraph = load_supergraph(
        HEAD
        + """
        type Query @join__type(graph: ONE) {
          shown(hidden: Int @inaccessible, seen: Int): Int @deprecated(reason: "old")
          secret: Int @inaccessible
          gone: Gone
          kind: Kind
        }
        type Gone @join__type(graph: ONE) { only: Int @inaccessible }
        type Spy @join__type(graph: ONE) @inaccessible { a: Int }
        enum Kind @join__type(graph: ONE) { A B @inaccessible }
        """
    )

    assert print_schema(supergraph.public_schema) == (
        "directive @kept on FIELD\n\n"
        'type Query {\n  shown(seen: Int): Int @deprecated(reason: "old")\n  kind: Kind\n}\n\n'
        "enum Kind {\n  A\n}"
    )
    assert "secret" in print_type(supergraph.schema.type_map["Query"])


@pytest.mark.parametrize(
    ("link", "name"),
    [
        (f'@link(url: "{INACCESSIBLE}", as: "secret", for: SECURITY)', "secret"),
        (f'@link(url: "{INACCESSIBLE}", import: [{{name: "@inaccessible", as: "@secret"}}])', "secret"),
        (f'@l(url: "{INACCESSIBLE}", as: "secret", for: SECURITY)', "secret"),
        ('@core(feature: "https://specs.apollo.dev/inaccessible/v0.1", as: "secret", for: SECURITY)', "secret"),
        ("", "inaccessible"),
    ],
)
def test_what_is_hidden_stays_so_whatever_its_directive_is_called(link: str, name: str) -> None:
    linked = f'@link(url: "{INACCESSIBLE}", for: SECURITY)'
    head = HEAD.replace(linked, f'@l(url: "https://specs.apollo.dev/link/v1.0", as: "l") {link}')
    head = head.replace("directive @inaccessible", f"directive @{name}")

    supergraph = load_supergraph(head + f"type Query @join__type(graph: ONE) {{ shown: Int hidden: Int @{name} }}")

    assert print_type(supergraph.public_schema.type_map["Query"]) == "type Query {\n  shown: Int\n}"
    assert name not in [directive.name for directive in supergraph.public_schema.directives]


def test_a_supergraph_that_needs_what_the_router_does_not_know_is_refused() -> None:
    links = """
      @link(url: "https://specs.apollo.dev/connect/v0.1", for: EXECUTION)
      @link(url: "https://specs.apollo.dev/join/v0.9", as: "j", for: EXECUTION)
      @link(url: "https://specs.apollo.dev/source/v0.1")
    { query: Query }
    """
    with pytest.raises(SupergraphError) as refusal:
        load_supergraph(HEAD.replace("{ query: Query }", links) + "type Query @join__type(graph: ONE) { a: Int }")

    assert refusal.value.message == (
        "The supergraph needs what this router does not know: https://specs.apollo.dev/connect/v0.1 (for: EXECUTION),"
        " https://specs.apollo.dev/join/v0.9 (for: EXECUTION)."
    )


@pytest.mark.parametrize(
    ("sdl", "message"),
    [
        ("type Query {", "The supergraph is not GraphQL: Syntax Error: Expected Name, found <EOF>."),
        ("type Query { a: Int }", "The schema has no enum join__Graph, so it is not a supergraph."),
        (HEAD + "type Query @join__type(graph: SIX) { a: Int }", "Query names the unknown graph SIX."),
        (HEAD + "type Query @join__type { a: Int }", "Query has a @join__type that names no graph."),
        (
            HEAD + 'type Query @join__type(graph: ONE, key: "a {") { a: Int }',
            "The field set 'a {' is not GraphQL: Syntax Error: Expected Name, found '}'.",
        ),
    ],
)
def test_what_is_not_a_supergraph_is_refused(sdl: str, message: str) -> None:
    with pytest.raises(SupergraphError) as refusal:
        load_supergraph(sdl)

    assert refusal.value.message == message
