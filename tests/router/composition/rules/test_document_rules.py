from __future__ import annotations

import pytest

from router.composition import compose
from tests.router.composition.composing import federation_2, issues_of, refused, refused_as_is, sources

_QUERY = "type Query { a: Int }"


def _linking(url: str, names: str = "[]") -> str:
    return f'extend schema @link(url: "{url}", import: {names})\n{_QUERY}'


def test_text_that_does_not_parse_is_invalid_graphql() -> None:
    assert refused_as_is(a="type Query { a: Int }\ntype {") == [("INVALID_GRAPHQL", "a", 2)]


def test_unknown_type_is_invalid_graphql() -> None:
    assert refused(a="type Query {\n  a: Nothing\n}") == [("INVALID_GRAPHQL", "a", 3)]


def test_unknown_directive_is_invalid_graphql() -> None:
    assert refused(a="type Query {\n  a: Int @nothing\n}") == [("INVALID_GRAPHQL", "a", 3)]


def test_federation_2_directive_without_a_link_is_invalid_graphql() -> None:
    assert refused_as_is(a="type Query { a: Int @shareable }") == [("INVALID_GRAPHQL", "a", 1)]


def test_value_that_does_not_fit_a_directive_is_invalid_graphql() -> None:
    assert refused(a="type Query {\n  a: Int @tag(name: 5)\n}") == [("INVALID_GRAPHQL", "a", 3)]


def test_default_that_does_not_fit_its_type_is_invalid_graphql() -> None:
    assert refused(a="enum E { X }\ntype Query {\n  a(e: E = Y): Int\n}") == [("INVALID_GRAPHQL", "a", 4)]


def test_every_subgraph_that_does_not_parse_is_named() -> None:
    assert refused_as_is(b="type {", a="type Query {") == [("INVALID_GRAPHQL", "a", 1), ("INVALID_GRAPHQL", "b", 1)]


def test_reserved_name_of_a_subgraph_is_refused() -> None:
    assert [issue.code for issue in issues_of({"_": federation_2(_QUERY)})] == ["INVALID_SUBGRAPH_NAME"]


def test_federation_version_that_does_not_exist_is_refused() -> None:
    sdl = _linking("https://specs.apollo.dev/federation/v2.99")

    assert refused_as_is(a=sdl) == [("UNKNOWN_FEDERATION_LINK_VERSION", "a", 1)]


def test_link_version_that_does_not_exist_is_refused() -> None:
    assert refused_as_is(a=_linking("https://specs.apollo.dev/link/v6.9")) == [("UNKNOWN_LINK_VERSION", "a", 1)]


def test_link_without_a_path_is_refused() -> None:
    assert refused_as_is(a=_linking("https://specs.apollo.dev/")) == [("INVALID_LINK_IDENTIFIER", "a", 1)]


def test_federation_link_without_a_version_is_refused() -> None:
    sdl = _linking("https://specs.apollo.dev/federation/not-a-version")

    assert refused_as_is(a=sdl) == [("INVALID_LINK_IDENTIFIER", "a", 1)]


def test_import_that_the_version_does_not_know_is_refused() -> None:
    sdl = _linking("https://specs.apollo.dev/federation/v2.0", '["@composeDirective"]')

    assert refused_as_is(a=sdl) == [("INVALID_LINK_DIRECTIVE_USAGE", "a", 1)]


def test_misspelt_import_is_refused_with_a_suggestion() -> None:
    sdl = _linking("https://specs.apollo.dev/federation/v2.9", '["@sharable"]')

    assert [issue.message for issue in issues_of({"a": sdl})] == [
        'Cannot import unknown element "@sharable". Did you mean "@shareable"?'
    ]


@pytest.mark.parametrize("entry", ["1", "{ name: 1 }", '{ as: "@key" }', "[]"])
def test_import_that_names_nothing_is_refused(entry: str) -> None:
    sdl = _linking("https://specs.apollo.dev/federation/v2.9", f'["@key", {entry}]')

    assert refused_as_is(a=sdl) == [("INVALID_LINK_DIRECTIVE_USAGE", "a", 1)]


def test_names_of_a_link_that_are_no_names_are_passed_over() -> None:
    link = 'extend schema @link(url: "https://example.com/y/v1.0", as: 1, import: [1, { name: "@a", as: 2 }])'

    assert "type Query" in compose(sources({"a": f"{link}\n{_QUERY}"}))


def test_linking_federation_twice_is_refused() -> None:
    link = '@link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])'

    assert refused_as_is(a=f"extend schema {link}\n{link}\n{_QUERY}") == [("INVALID_LINK_DIRECTIVE_USAGE", "a", 2)]


def test_own_definition_of_a_federation_directive_must_agree() -> None:
    sdl = f"directive @external on UNION\n{_QUERY}"

    assert refused(a=sdl) == [("DIRECTIVE_DEFINITION_INVALID", "a", 2)]


def test_own_definition_of_a_federation_directive_needs_its_arguments() -> None:
    sdl = f"directive @key(field: String!) repeatable on OBJECT\n{_QUERY}"

    assert refused(a=sdl) == [("DIRECTIVE_DEFINITION_INVALID", "a", 2)] * 2


def test_type_with_a_roots_name_must_be_the_root() -> None:
    sdl = "schema { query: Root }\ntype Root { a: Int }\ntype Query { b: Int }"

    assert refused_as_is(a=sdl) == [("ROOT_QUERY_USED", "a", 3)]


def test_type_with_the_mutation_roots_name_must_be_the_root() -> None:
    sdl = f"schema {{ query: Query mutation: Root }}\n{_QUERY}\ntype Root {{ a: Int }}\ntype Mutation {{ b: Int }}"

    assert refused_as_is(a=sdl) == [("ROOT_MUTATION_USED", "a", 4)]


def test_type_with_the_subscription_roots_name_must_be_the_root() -> None:
    sdl = f"schema {{ query: Query subscription: S }}\n{_QUERY}\ntype S {{ a: Int }}\ntype Subscription {{ b: Int }}"

    assert refused_as_is(a=sdl) == [("ROOT_SUBSCRIPTION_USED", "a", 4)]


_KEY_FOR_ANYTHING = "directive @key repeatable on OBJECT | INTERFACE\n"
_KEYED = 'type Query { t: T }\ntype T @key(fields: "id") { id: ID! }'


def test_federation_1_may_define_its_directives_without_arguments_as_its_servers_did() -> None:
    supergraph = compose(sources({"a": _KEY_FOR_ANYTHING + _KEYED}))

    assert 'key: "id"' in supergraph


def test_federation_2_may_not_define_its_directives_without_arguments() -> None:
    sdl = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n'

    assert refused_as_is(a=sdl + _KEY_FOR_ANYTHING + _KEYED) == [("DIRECTIVE_DEFINITION_INVALID", "a", 2)]


def test_federation_1_may_not_define_its_directives_with_other_arguments() -> None:
    sdl = "directive @key(by: String) on OBJECT\n" + _KEYED

    assert refused_as_is(a=sdl) == [("DIRECTIVE_DEFINITION_INVALID", "a", 1)] * 2


@pytest.mark.parametrize(("definition", "line"), [("", 2), (_KEY_FOR_ANYTHING, 3)])
def test_a_key_needs_its_fields(definition: str, line: int) -> None:
    assert refused_as_is(a=definition + _KEYED.replace('(fields: "id")', "")) == [("INVALID_GRAPHQL", "a", line)]
