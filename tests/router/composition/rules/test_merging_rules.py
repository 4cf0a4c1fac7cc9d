from __future__ import annotations

from tests.router.composition.composing import composed, refused, refused_as_is

_QUERY = "type Query { a: Int }"
_INTERFACE = """
    type Query { i: I }
    interface I @key(fields: "id") { id: ID! }
    type T implements I @key(fields: "id") { id: ID! }
"""


def test_type_of_two_kinds_is_refused() -> None:
    assert refused(a=f"{_QUERY}\nscalar X", b="enum X { Y }") == [("TYPE_KIND_MISMATCH", "b", 2)]


def test_field_of_two_types_is_refused() -> None:
    assert refused(a="type Query { a: Int @shareable }", b="type Query { a: String @shareable }") == [
        ("FIELD_TYPE_MISMATCH", "a", 2)
    ]


def test_input_field_of_two_types_is_refused() -> None:
    assert refused(a="type Query { a(i: I): Int }\ninput I { x: Int }", b="input I { x: String }") == [
        ("FIELD_TYPE_MISMATCH", "a", 3)
    ]


def test_argument_of_two_types_is_refused() -> None:
    issues = refused(a="type Query { a(x: Int): Int @shareable }", b="type Query { a(x: ID): Int @shareable }")

    assert issues == [("FIELD_ARGUMENT_TYPE_MISMATCH", "a", 2)]


def test_argument_of_an_executable_directive_of_two_types_is_refused() -> None:
    issues = refused(a=f"directive @d(x: Int) on FIELD\n{_QUERY}", b="directive @d(x: ID) on FIELD")

    assert issues == [("FIELD_ARGUMENT_TYPE_MISMATCH", "a", 2)]


def test_argument_of_two_defaults_is_refused() -> None:
    issues = refused(a="type Query { a(x: Int = 1): Int @shareable }", b="type Query { a(x: Int = 2): Int @shareable }")

    assert issues == [("FIELD_ARGUMENT_DEFAULT_MISMATCH", "a", 2)]


def test_argument_with_a_default_in_one_subgraph_only_has_none() -> None:
    sdl = composed(a="type Query { a(x: Int = 1): Int @shareable }", b="type Query { a(x: Int): Int @shareable }")

    assert "  a(x: Int): Int\n" in sdl


def test_required_argument_that_another_subgraph_lacks_is_refused() -> None:
    issues = refused(a="type Query { a(x: Int!): Int @shareable }", b="type Query { a: Int @shareable }")

    assert issues == [("REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH", "a", 2)]


def test_input_field_of_two_defaults_is_refused() -> None:
    assert refused(a="type Query { a(i: I): Int }\ninput I { x: Int = 1 }", b="input I { x: Int = 2 }") == [
        ("INPUT_FIELD_DEFAULT_MISMATCH", "a", 3)
    ]


def test_required_input_field_that_another_subgraph_lacks_is_refused() -> None:
    issues = refused(a="type Query { a(i: I): Int }\ninput I { x: Int y: Int! }", b="input I { x: Int }")

    assert issues == [("REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH", "a", 3)]


def test_input_object_of_which_nothing_is_common_is_refused() -> None:
    assert refused(a="type Query { a(i: I): Int }\ninput I { x: Int }", b="input I { y: Int }") == [
        ("EMPTY_MERGED_INPUT_TYPE", "a", 3)
    ]


def test_enum_that_is_sent_and_of_which_nothing_is_common_is_refused() -> None:
    assert refused(a="type Query { a(e: E): Int }\nenum E { X }", b="enum E { Y }") == [
        ("EMPTY_MERGED_ENUM_TYPE", "a", 3)
    ]


def test_enum_that_is_sent_and_returned_must_be_the_same_everywhere() -> None:
    assert refused(a="type Query { a(e: E): E }\nenum E { X Y }", b="enum E { X }") == [("ENUM_VALUE_MISMATCH", "b", 2)]


def test_field_of_an_interface_that_an_implementation_elsewhere_lacks_is_refused() -> None:
    first = "type Query { i: I }\ninterface I { a: Int b: Int }\ntype S implements I { a: Int b: Int }"
    second = "interface I { a: Int }\ntype T implements I { a: Int }"

    assert refused(a=first, b=second) == [("INTERFACE_FIELD_NO_IMPLEM", "b", 3)]


def test_supergraph_without_a_query_is_refused() -> None:
    assert refused(a='type T @key(fields: "id") { id: ID! }') == [("NO_QUERIES", None, None)]


def test_interface_key_needs_all_implementations() -> None:
    first = """
        type Query { i: I }
        interface I @key(fields: "id") { id: ID! }
        type S implements I @key(fields: "id") { id: ID! }
    """
    second = 'interface I { id: ID! }\ntype T implements I @key(fields: "id") { id: ID! }'

    assert refused(a=first, b=second) == [("INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE", "a", 3)]


def test_interface_object_must_be_an_entity() -> None:

    assert refused(a=_INTERFACE, b="type I @interfaceObject { x: Int }") == [("INTERFACE_OBJECT_USAGE_ERROR", "b", 2)]


def test_interface_object_must_be_an_interface_somewhere() -> None:
    sdl = 'type Query { i: I }\ntype I @interfaceObject @key(fields: "id") { id: ID! }'

    assert refused(a=sdl) == [("INTERFACE_OBJECT_USAGE_ERROR", "a", 3)]


def test_interface_object_beside_an_implementation_is_refused() -> None:
    second = 'type I @interfaceObject @key(fields: "id") { id: ID! }\ntype T @key(fields: "id") { id: ID! }'

    assert refused(a=_INTERFACE, b=second) == [("INTERFACE_OBJECT_USAGE_ERROR", "b", 2)]


def test_directive_imported_under_two_names_is_refused() -> None:
    link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{}])\n'
    first = link.format('"@tag"') + 'type Query { a: Int @tag(name: "x") }'
    second = link.format('{name: "@tag", as: "@label"}') + 'type Query { b: Int @label(name: "x") }'

    assert refused_as_is(a=first, b=second) == [("LINK_IMPORT_NAME_MISMATCH", "a", 1)]
