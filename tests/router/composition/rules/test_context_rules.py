from __future__ import annotations

from textwrap import dedent

import pytest

from tests.router.composition.composing import composed, issues_of, refused

_OTHER = 'type Query { other: Int }\ntype U @key(fields: "id") { id: ID! }'


_VALUES = "name: String! count: Int names: [String!]! inner: Inner inners: [Inner!]!"


def _shop(argument: str, *, setter: str = '@context(name: "shop")', key: str = "", more: str = "") -> str:
    """Write a subgraph whose field takes one argument, on line 4."""
    lines = f"""
        type Query {{ t: T i: I x: X }} type T implements I @key(fields: "id") {setter} {{ id: ID! u: U {_VALUES} }}
        type U @key(fields: "id"{key}) {{
          id: ID! field({argument}): Int }}
        interface I {{ id: ID! name: String! }}
        type Inner {{ name: String name2: String me: T }}
        type S implements I @key(fields: "id") {{ id: ID! name: String! alias: String }}
        union X = T | S {more}
    """
    return dedent(lines).strip()


def _from(selection: str, type_: str = "String") -> str:
    return f'a: {type_} @fromContext(field: "{selection}")'


def _reasons(sdl: str, other: str = _OTHER) -> list[tuple[str, int | None]]:
    return [(code, line) for code, _, line in refused(a=sdl, b=other)]


@pytest.mark.parametrize("name", ["with_underscore", "", "1st", "ns-ctx"])
def test_context_name_has_letters_and_digits_only(name: str) -> None:
    setter = f'@context(name: "{name}")'

    assert _reasons(_shop("a: String", setter=setter)) == [("CONTEXT_NAME_INVALID", 2)]


def test_context_must_be_set_by_some_type() -> None:
    assert _reasons(_shop(_from("$other { name }"))) == [("CONTEXT_NOT_SET", 4)]


def test_context_of_another_subgraph_is_not_set() -> None:
    other = 'type Query { other: T }\ntype T @key(fields: "id") @context(name: "theirs") { id: ID! }'

    assert _reasons(_shop(_from("$theirs { name }")), other) == [("CONTEXT_NOT_SET", 4)]


def test_context_is_of_no_use_to_a_directive() -> None:
    directive = 'directive @d(a: String @fromContext(field: "$shop { name }")) on FIELD_DEFINITION'

    assert _reasons(_shop("b: Int", more=directive)) == [("CONTEXT_NOT_SET", 8)]


def test_context_is_of_no_use_to_a_field_of_an_interface() -> None:
    own = f'interface J {{ f({_from("$shop { name }")}): Int }} type V implements J @key(fields: "id") {{ id: ID! '
    bare = own + "f(a: String): Int }"
    implementing = "interface J { f: Int } " + own[own.index("type V") :] + f"f({_from('$shop { name }')}): Int }}"

    assert _reasons(_shop("b: Int", more=bare)) == [("CONTEXT_NOT_SET", 8)]
    assert _reasons(_shop("b: Int", more=implementing)) == [("CONTEXT_NOT_SET", 8)]


def test_contextual_argument_has_no_default() -> None:
    argument = 'a: String = "x" @fromContext(field: "$shop { name }")'

    assert _reasons(_shop(argument)) == [("CONTEXT_NOT_SET", 4)]


@pytest.mark.parametrize("text", ["{ name }", "shop { name }", "$shop", "", "$ { name }"])
def test_contextual_argument_must_name_its_context(text: str) -> None:
    assert _reasons(_shop(_from(text))) == [("NO_CONTEXT_IN_SELECTION", 4)]


def test_contextual_argument_must_say_what_it_takes() -> None:
    assert _reasons(_shop("a: String @fromContext")) == [("NO_CONTEXT_IN_SELECTION", 4)]


def test_object_that_takes_from_a_context_must_be_found_again() -> None:
    assert _reasons(_shop(_from("$shop { name }"), key=", resolvable: false")) == [("CONTEXT_NO_RESOLVABLE_KEY", 3)]


@pytest.mark.parametrize(
    ("selection", "type_"),
    [
        ("$shop { name }", "String"),
        ("$shop name", "String"),
        (" # one value\\n $ shop { name }", "String"),
        ("$shop { names }", "[String]"),
        ("$shop { inner { name } }", "String"),
        ("$shop { inners { name } }", "[String]"),
        ("$shop { inner { me { names } } }", "[String]"),
        ("$shop ... on T { name }", "String"),
        ("$shop { __typename }", "String"),
    ],
)
def test_selection_of_one_value_is_taken(selection: str, type_: str) -> None:
    text = composed(a=_shop(_from(selection, type_)), b=_OTHER)

    assert f'contextArguments: [{{context: "a__shop", name: "a", type: "{type_}", selection: "' in text


@pytest.mark.parametrize(
    ("selection", "type_"),
    [
        ("$shop { }", "String"),
        ("$shop { name", "String"),
        ("$shop { name count }", "String"),
        ("$shop { ...F }", "String"),
        ("$shop { ... on T { name } ... on T { name } }", "String"),
        ("$shop { ... on T { name } count }", "String"),
        ("$shop { ... { name } }", "String"),
        ("$shop { ... on I { name } }", "String"),
        ("$shop { ... on S { name } }", "String"),
        ("$shop { ... on T { name } ... on S { name } }", "String"),
        ("$shop { ... on T { count } }", "String"),
        ("$shop { name @include(if: true) }", "String"),
        ("$shop { other: name }", "String"),
        ("$shop { missing }", "String"),
        ("$shop { name { a } }", "String"),
        ("$shop { inner }", "String"),
        ("$shop { inner { name name2 } }", "String"),
        ("$shop { count }", "String"),
        ("$shop { name }", "String!"),
        ("$shop { name }", "[String]"),
        ("$shop { names }", "String"),
        ("$shop { names }", "[String!]"),
        ("$shop { inner { me { inner { missing } } } }", "String"),
    ],
)
def test_selection_of_anything_else_is_refused(selection: str, type_: str) -> None:
    assert _reasons(_shop(_from(selection, type_))) == [("CONTEXT_INVALID_SELECTION", 4)]


def test_selection_must_fit_every_type_that_sets_the_context() -> None:
    fitting = 'extend type S @context(name: "shop") { u: U }'
    union = 'extend union X @context(name: "shop")'

    composed(a=_shop(_from("$shop { name }"), more=fitting), b=_OTHER)
    composed(a=_shop(_from("$shop { ... on T { name } ... on S { alias } }"), more=fitting), b=_OTHER)
    composed(a=_shop(_from("$shop { ... on T { name } ... on S { alias } }"), more=union), b=_OTHER)
    assert _reasons(_shop(_from("$shop { inner { name } }"), more=fitting)) == [("CONTEXT_INVALID_SELECTION", 4)]
    assert _reasons(_shop(_from("$shop { name }"), more=union)) == [("CONTEXT_INVALID_SELECTION", 4)]


def test_selection_does_not_pass_through_an_interface_object() -> None:
    sdl = """
        type Query { t: T }
        type T @key(fields: "id") @context(name: "shop") { id: ID! u: U media: Media }
        type Media @interfaceObject @key(fields: "id") { id: ID! title: String }
        type U @key(fields: "id") { id: ID! f(a: String @fromContext(field: "$shop { media { title } }")): Int }
    """
    other = 'type Query { m: Media }\ninterface Media @key(fields: "id") { id: ID! }'
    other += '\ntype Book implements Media @key(fields: "id") { id: ID! }'

    assert _reasons(sdl, other) == [("CONTEXT_INVALID_SELECTION", 5)]


def test_argument_that_another_subgraph_insists_on_cannot_be_contextual() -> None:
    first = _shop(_from("$shop { name }")).replace("): Int }", "): Int @shareable }", 1)
    code = "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS"
    other = 'type Query { other: Int }\ntype U @key(fields: "id") { id: ID! field%s: Int @shareable }'

    assert _reasons(first, other % "(a: String!)") == [(code, 3)]
    for harmless in ("", "(a: String)", '(a: String! = "x")', "(a: Int)"):
        assert "  field: Int @join__field(graph: A, contextArguments:" in composed(a=first, b=other % harmless)


def test_field_is_not_unused_if_a_context_takes_it() -> None:
    sdl = _shop(_from("$shop { name }")).replace("name: String!", "name: String! @external", 1)
    other = 'type Query { other: Int }\ntype T @key(fields: "id") { id: ID! name: String! }'

    assert "contextArguments" in composed(a=sdl, b=other)


@pytest.mark.parametrize("place", ["type", "field", "value"])
def test_field_that_takes_from_a_context_asks_for_the_access_that_the_value_needs(place: str) -> None:
    on = {name: "@authenticated" if name == place else "" for name in ("type", "field", "value")}
    sdl = f"""
        type Query {{ t: T }}
        type T @key(fields: "id") @context(name: "shop") {on["type"]} {{ id: ID! u: U inner: Inner {on["field"]} }}
        type Inner {{ name: String {on["value"]} }}
        type U @key(fields: "id") {{ id: ID! f(a: String @fromContext(field: "$shop {{ inner {{ name }} }}")): Int }}
    """

    assert _reasons(sdl) == [("MISSING_TRANSITIVE_AUTH_REQUIREMENTS", 5)]
    composed(a=sdl.replace("): Int", "): Int @authenticated"), b=_OTHER)


def test_subgraph_without_a_server_is_refused() -> None:
    sdl = """
        extend schema @link(url: "https://specs.apollo.dev/federation/v2.10", import: ["@key"])
          @link(url: "https://specs.apollo.dev/connect/v0.1", import: ["@connect"])
        directive @connect(http: String) on FIELD_DEFINITION
        type Query { a: Int @connect(http: "http://x") }
    """

    assert [(issue.code, issue.line) for issue in issues_of({"a": sdl})] == [("UNSUPPORTED_FEATURE", 3)]
