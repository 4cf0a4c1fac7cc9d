"""Access rules as they are read: under any name, and from interfaces down."""

from __future__ import annotations

from graphql import build_schema, parse

from router.supergraph.access import AccessRule, AccessRules, Grants, read_access_rules
from router.supergraph.features import local_names, read_features

AUTHENTICATED = frozenset({AccessRule(authenticated=True, scopes=None, policies=None)})


def read(sdl: str) -> AccessRules:
    document = parse(sdl)
    return read_access_rules(document, local_names(read_features(document)), build_schema(sdl, assume_valid=True))


def test_a_directive_that_is_linked_under_another_name_is_found() -> None:
    rules = read("""
      schema @link(url: "https://specs.apollo.dev/authenticated/v0.1", as: "login")
        @link(url: "https://specs.apollo.dev/policy/v0.1", import: [{name: "@policy", as: "@rule"}]) { query: Query }
      type Query { a: Int @login b: Int @rule(policies: [["x", "y"], ["z"]]) c: Int @authenticated d: Int }
    """)

    assert rules.of_field("Query", "a") == rules.of_field("Query", "c") == AUTHENTICATED
    assert rules.policies() == {"x", "y", "z"}
    assert sorted(rules.fields) == [("Query", "a"), ("Query", "b"), ("Query", "c")]


def test_a_rule_of_an_interface_alone_is_one_of_all_behind_it() -> None:
    rules = read("""
      type Query { i: I }
      interface I @authenticated { x: Int @authenticated y: Int @authenticated }
      type A implements I { x: Int y: Int }
      type B implements I { x: Int @requiresScopes(scopes: [["s"]]) y: Int }
    """)

    assert rules.of_type("A") == rules.of_type("B") == AUTHENTICATED
    assert rules.of_field("A", "y") == AUTHENTICATED
    assert rules.of_field("A", "x") == frozenset()


def test_no_list_of_scopes_admits_nobody_and_an_empty_one_everybody() -> None:
    nobody = AccessRule(authenticated=False, scopes=(), policies=None)
    everybody = AccessRule(authenticated=False, scopes=(frozenset(),), policies=None)

    assert not nobody.admits(Grants(authenticated=True, scopes=frozenset({"s"})))
    assert everybody.admits(Grants())
