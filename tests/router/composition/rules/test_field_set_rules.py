from __future__ import annotations

from tests.router.composition.composing import federation_2, refused, refused_as_is

_QUERY = "type Query { t: T }"


def test_key_of_an_unknown_field_is_refused() -> None:
    sdl = f'{_QUERY}\ntype T @key(fields: "no") {{ id: ID! }}'

    assert refused(a=sdl) == [("KEY_INVALID_FIELDS", "a", 3)]


def test_key_that_does_not_parse_is_refused() -> None:
    sdl = f'{_QUERY}\ntype T @key(fields: "id {{") {{ id: ID! }}'

    assert refused(a=sdl) == [("KEY_INVALID_FIELDS", "a", 3)]


def test_key_that_is_not_a_string_is_refused() -> None:
    sdl = f'{_QUERY}\ntype T @key(fields: ["id"]) {{ id: ID! }}'

    assert refused(a=sdl) == [("KEY_INVALID_FIELDS_TYPE", "a", 3)]


def test_key_with_a_directive_inside_is_refused() -> None:
    sdl = f'{_QUERY}\ntype T @key(fields: "id @tag(name: 1)") {{ id: ID! }}'

    assert refused(a=sdl) == [("KEY_DIRECTIVE_IN_FIELDS_ARG", "a", 3)]


def test_key_of_a_field_with_arguments_is_refused() -> None:
    sdl = f'{_QUERY}\ntype T @key(fields: "id") {{ id(of: Int): ID! }}'

    assert refused(a=sdl) == [("KEY_FIELDS_HAS_ARGS", "a", 3)]


def test_key_of_a_field_that_returns_a_union_is_refused() -> None:
    sdl = f'{_QUERY}\ntype T @key(fields: "u {{ ... on V {{ v }} }}") {{ u: U }}\nunion U = V\ntype V {{ v: Int }}'

    assert refused(a=sdl) == [("KEY_FIELDS_SELECT_INVALID_TYPE", "a", 3)]


def test_key_of_an_interface_needs_federation_2_3() -> None:
    sdl = (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.2", import: ["@key"])\n'
        'type Query { i: I }\ninterface I @key(fields: "id") { id: ID! }\n'
        'type T implements I @key(fields: "id") { id: ID! }'
    )

    assert refused_as_is(a=sdl) == [("KEY_UNSUPPORTED_ON_INTERFACE", "a", 3)]


def test_key_of_an_interface_must_be_on_its_implementations() -> None:
    sdl = 'type Query { i: I }\ninterface I @key(fields: "id") { id: ID! }\ntype T implements I { id: ID! }'

    assert refused(a=sdl) == [("INTERFACE_KEY_NOT_ON_IMPLEMENTATION", "a", 3)]


def test_requirement_of_an_unknown_field_is_refused() -> None:
    sdl = f'{_QUERY}\ntype T @key(fields: "id") {{\n  id: ID!\n  b: Int @requires(fields: "no")\n}}'

    assert refused(a=sdl) == [("REQUIRES_INVALID_FIELDS", "a", 5)]


def test_requirement_that_is_not_a_string_is_refused() -> None:
    sdl = f'{_QUERY}\ntype T @key(fields: "id") {{ id: ID! a: Int b: Int @requires(fields: a) }}'

    assert refused(a=sdl) == [("REQUIRES_INVALID_FIELDS_TYPE", "a", 3)]


def test_requirement_with_a_directive_inside_is_refused() -> None:
    sdl = f'{_QUERY}\ntype T @key(fields: "id") {{ id: ID! a: Int @external b: Int @requires(fields: "a @x") }}'

    assert refused(a=sdl) == [("REQUIRES_DIRECTIVE_IN_FIELDS_ARG", "a", 3)]


def test_requirement_of_what_the_subgraph_resolves_itself_is_refused() -> None:
    sdl = f'{_QUERY}\ntype T @key(fields: "id") {{ id: ID! a: Int b: Int @requires(fields: "a") }}'

    assert refused(a=sdl) == [("REQUIRES_FIELDS_MISSING_EXTERNAL", "a", 3)]


def test_requirement_on_an_interface_is_refused() -> None:
    sdl = (
        'type Query { i: I }\ninterface I {\n  id: ID!\n  b: Int @requires(fields: "id")\n}\n'
        "type T implements I { id: ID! b: Int }"
    )

    assert refused(a=sdl) == [
        ("REQUIRES_FIELDS_MISSING_EXTERNAL", "a", 5),
        ("REQUIRES_UNSUPPORTED_ON_INTERFACE", "a", 5),
    ]


def test_requirement_that_other_subgraphs_cannot_meet_after_merging_is_refused() -> None:
    asking = f"""
        {_QUERY}
        type T @key(fields: "id") {{
          id: ID!
          price(currency: String): Int @external
          tax: Int @requires(fields: "price(currency: \\"EUR\\")")
        }}
    """
    answering = 'type T @key(fields: "id") { id: ID! price: Int }'

    assert refused(a=asking, b=answering) == [("REQUIRES_INVALID_FIELDS", "a", 6)]


def test_provision_of_an_unknown_field_is_refused() -> None:
    sdl = 'type Query {\n  t: T @provides(fields: "no")\n}\ntype T @key(fields: "id") { id: ID! }'

    assert refused(a=sdl) == [("PROVIDES_INVALID_FIELDS", "a", 3)]


def test_provision_that_is_not_a_string_is_refused() -> None:
    sdl = 'type Query { t: T @provides(fields: ["a"]) }\ntype T @key(fields: "id") { id: ID! a: Int @shareable }'

    assert refused(a=sdl) == [("PROVIDES_INVALID_FIELDS_TYPE", "a", 2)]


def test_provision_with_a_directive_inside_is_refused() -> None:
    sdl = 'type Query { t: T @provides(fields: "a @x") }\ntype T @key(fields: "id") { id: ID! a: Int @external }'

    assert refused(a=sdl) == [("PROVIDES_DIRECTIVE_IN_FIELDS_ARG", "a", 2)]


def test_provision_of_a_field_with_arguments_is_refused() -> None:
    sdl = 'type Query { t: T @provides(fields: "a") }\ntype T @key(fields: "id") { id: ID! a(x: Int): Int @external }'

    assert refused(a=sdl) == [("PROVIDES_FIELDS_HAS_ARGS", "a", 2)]


def test_provision_of_what_the_subgraph_resolves_itself_is_refused() -> None:
    sdl = 'type Query { t: T @provides(fields: "a") }\ntype T @key(fields: "id") { id: ID! a: Int }'

    assert refused(a=sdl) == [("PROVIDES_FIELDS_MISSING_EXTERNAL", "a", 2)]


def test_provision_below_a_scalar_is_refused() -> None:
    assert refused(a='type Query { a: Int @provides(fields: "b") }') == [("PROVIDES_ON_NON_OBJECT_FIELD", "a", 2)]


def test_provision_on_an_interface_is_refused() -> None:
    sdl = """
        type Query { i: I }
        interface I { t: T @provides(fields: "a") }
        type S implements I { t: T }
        type T @key(fields: "id") { id: ID! a: Int @external }
    """

    assert refused(a=sdl) == [("PROVIDES_UNSUPPORTED_ON_INTERFACE", "a", 3)]


def test_provision_by_a_field_that_is_external_itself_is_refused() -> None:
    sdl = """
        type Query { t: T }
        type T @key(fields: "id") {
          id: ID!
          u: U @external @provides(fields: "a")
          b: Int @requires(fields: "u { a }")
        }
        type U @key(fields: "id") { id: ID! a: Int @external }
    """

    assert refused(a=sdl) == [("EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE", "a", 5)]


def test_every_fault_of_every_subgraph_is_named_at_once() -> None:
    first = f'{_QUERY}\ntype T @key(fields: "no") {{ id: ID! }}\ntype S @key(fields: "no") {{ id: ID! }}'
    second = 'type T @key(fields: ["id"]) { id: ID! }'

    assert refused_as_is(b=federation_2(second), a=federation_2(first)) == [
        ("KEY_INVALID_FIELDS", "a", 3),
        ("KEY_INVALID_FIELDS", "a", 4),
        ("KEY_INVALID_FIELDS_TYPE", "b", 2),
    ]
