"""Contexts as a supergraph says them: who sets them, and what is read of each."""

from __future__ import annotations

import pytest
from graphql import print_ast, print_type

from router.errors import SupergraphError
from router.supergraph import ContextualArgument, load_supergraph

HEAD = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/context/v0.1", for: SECURITY)
{ query: Query }
enum join__Graph { A @join__graph(name: "a", url: "http://a") B @join__graph(name: "b", url: "http://b") }
input join__ContextArgument { name: String! type: String! context: String! selection: join__FieldValue! }
scalar join__FieldValue
scalar context__ContextFieldValue
type Query @join__type(graph: A) @join__type(graph: B) { t: T x: X }
union X @join__type(graph: B) @join__unionMember(graph: B, member: "T") @join__unionMember(graph: B, member: "S")
  @context(name: "b__x") = T | S
type S @join__type(graph: B) { s: Int u: U }
type T @join__type(graph: A) @join__type(graph: B) @context(name: "a__c") { p: String u: U }
"""


def _u(*joins: str) -> str:
    owners = '@join__type(graph: A, key: "id") @join__type(graph: B, key: "id")'
    return f"type U {owners} {{ id: ID! f: Int {' '.join(joins)} }}"


def _join(graph: str, *given: tuple[str, str, str, str]) -> str:
    listed = ", ".join(
        f'{{context: "{context}", name: "{name}", type: "{type_}", selection: "{selection}"}}'
        for context, name, type_, selection in given
    )
    return f"@join__field(graph: {graph}, contextArguments: [{listed}])"


def _shown(argument: ContextualArgument) -> tuple[str, str, str, dict[str, str | None]]:
    selections = {
        name: None if selection is None else " ".join(print_ast(selection).split())
        for name, selection in argument.selections.items()
    }
    return argument.name, argument.type_text, argument.variable, selections


def test_each_owner_takes_its_own_from_each_type_that_sets_its_context() -> None:
    first = _join("A", ("a__c", "y", "String", " { p }"), ("a__c", "b", "[String]", "p"))
    second = _join("B", ("b__x", "z", "Int", "... on S { s }"))

    fields = load_supergraph(HEAD + _u(first, second)).types["U"].fields["f"]

    assert [_shown(argument) for argument in fields["a"].contextual] == [
        ("y", "String", "contextualArgument_1_1", {"T": "{ p }"}),
        ("b", "[String]", "contextualArgument_1_0", {"T": "{ p }"}),
    ]
    assert [_shown(argument) for argument in fields["b"].contextual] == [
        ("z", "Int", "contextualArgument_2_0", {"T": None, "S": "{ s }"})
    ]


def test_clients_see_neither_contexts_nor_their_machinery() -> None:
    supergraph = load_supergraph(HEAD + _u(_join("A", ("a__c", "y", "String", "p"))))

    assert print_type(supergraph.public_schema.type_map["U"]) == "type U {\n  id: ID!\n  f: Int\n}"
    assert not [name for name in supergraph.schema.type_map if name.startswith(("join__", "context__"))]


def test_the_directive_may_have_another_name_here() -> None:
    sdl = HEAD.replace('context/v0.1"', 'context/v0.1", as: "sets"').replace("@context(", "@sets(")

    fields = load_supergraph(sdl + _u(_join("A", ("a__c", "y", "String", "p")))).types["U"].fields["f"]

    assert fields["a"].contextual[0].selections.keys() == {"T"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("a__none", "y", "String", "p"), r"U\.f\(y:\) takes a value from the context 'a__none', which nothing sets\."),
        (("a__c", "y", "String", "p }"), r"What U\.f\(y:\) selects is not GraphQL: .*"),
    ],
)
def test_an_argument_that_takes_nothing_sensible_is_refused(given: tuple[str, str, str, str], message: str) -> None:
    with pytest.raises(SupergraphError, match=message):
        load_supergraph(HEAD + _u(_join("A", given)))
