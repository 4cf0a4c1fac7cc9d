from __future__ import annotations

from tests.router.composition.composing import composed, federation_2, issues_of, refused, refused_as_is

_OWNER = 'type Query { t: T }\ntype T @key(fields: "id") {\n  id: ID!\n  a(x: Int = 1): Int\n}'


def _user(external: str) -> str:
    return f"""
        type T @key(fields: "id") {{
          id: ID!
          {external}
          b: Int @requires(fields: "a")
        }}
    """


def test_external_field_that_nothing_needs_is_refused() -> None:
    sdl = 'type T @key(fields: "id") {\n  id: ID!\n  a(x: Int = 1): Int @external\n}'

    assert refused(a=_OWNER, b=sdl) == [("EXTERNAL_UNUSED", "b", 4)]


def test_external_field_of_an_interface_is_refused() -> None:
    sdl = "type Query { i: I }\ninterface I { a: Int @external }\ntype T implements I { a: Int }"

    assert refused(a=sdl) == [("EXTERNAL_ON_INTERFACE", "a", 3), ("EXTERNAL_UNUSED", "a", 3)]


def test_field_that_is_external_everywhere_is_refused() -> None:
    other = 'type Query { t: T }\ntype T @key(fields: "id") { id: ID! }'

    assert refused(a=other, b=_user("a: Int @external")) == [("EXTERNAL_MISSING_ON_BASE", "b", 4)]


def test_external_field_of_another_type_is_refused() -> None:
    assert refused(a=_OWNER, b=_user("a(x: Int = 1): String @external")) == [("EXTERNAL_TYPE_MISMATCH", "b", 4)]


def test_external_field_without_the_argument_is_refused() -> None:
    assert refused(a=_OWNER, b=_user("a: Int @external")) == [("EXTERNAL_ARGUMENT_MISSING", "b", 4)]


def test_external_field_with_another_type_of_argument_is_refused() -> None:
    issues = refused(a=_OWNER.replace(" = 1", ""), b=_user("a(x: String): Int @external"))

    assert issues == [("EXTERNAL_ARGUMENT_TYPE_MISMATCH", "b", 4)]


def test_external_field_with_another_default_is_refused() -> None:
    assert refused(a=_OWNER, b=_user("a(x: Int = 2): Int @external")) == [
        ("EXTERNAL_ARGUMENT_DEFAULT_MISMATCH", "b", 4)
    ]


def test_tag_on_an_external_field_is_refused() -> None:
    assert refused(a=_OWNER, b=_user('a(x: Int = 1): Int @external @tag(name: "t")')) == [
        ("MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL", "b", 4)
    ]


def test_federation_1_type_of_only_unused_external_fields_is_refused() -> None:
    sdl = "type Query { t: T }\nextend type T { a: Int @external }"

    assert refused_as_is(a="type T { a: Int }", b=sdl) == [("TYPE_WITH_ONLY_UNUSED_EXTERNAL", "b", 2)]


def test_field_of_two_subgraphs_must_be_shareable() -> None:
    assert refused(a="type Query { a: Int }", b="type Query {\n  a: Int\n}") == [("INVALID_FIELD_SHARING", "a", 2)]


def test_field_that_is_shareable_in_one_subgraph_only_is_refused() -> None:
    issues = issues_of(
        {"a": federation_2("type Query { a: Int @shareable }"), "b": federation_2("type Query { a: Int }")}
    )

    assert len(issues) == 1
    assert issues[0].message == (
        'Non-shareable field "Query.a" is resolved from multiple subgraphs: it is resolved from subgraphs "a" and "b"'
        ' and defined as non-shareable in subgraph "b"'
    )


def test_shareable_field_of_a_subscription_is_refused() -> None:
    sdl = "type Query { a: Int }\ntype Subscription { b: Int @shareable }"

    assert refused(a=sdl) == [("INVALID_FIELD_SHARING", "a", 3)]


def test_shareable_twice_is_refused() -> None:
    assert refused(a="type Query { a: Int @shareable @shareable }") == [("INVALID_SHAREABLE_USAGE", "a", 2)]


def test_shareable_field_of_an_interface_is_refused() -> None:
    sdl = "type Query { i: I }\ninterface I { a: Int @shareable }\ntype T implements I { a: Int }"

    assert refused(a=sdl) == [("INVALID_SHAREABLE_USAGE", "a", 3)]


def test_shareable_on_a_type_is_about_the_fields_in_its_own_braces() -> None:
    first = "type Query { t: T @shareable }\ntype T @shareable { a: Int }\nextend type T { b: Int }"

    composed(a=first, b="type Query { t: T @shareable }\ntype T @shareable { a: Int }")
    assert refused(a=first, b="type Query { t: T @shareable }\ntype T @shareable { a: Int b: Int }") == [
        ("INVALID_FIELD_SHARING", "a", 4)
    ]


def test_shared_field_whose_types_have_nothing_in_common_is_refused() -> None:
    first = "type Query { u: U @shareable }\nunion U = A\ntype A @shareable { x: Int }"
    second = "type Query { u: U @shareable }\nunion U = B\ntype B @shareable { x: Int }"

    assert refused(a=first, b=second) == [("SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES", "a", 2)]


def test_extension_that_no_subgraph_defines_is_refused() -> None:
    sdl = 'type Query { t: T }\nextend type T @key(fields: "id") { id: ID! }'

    assert refused(a=sdl) == [("EXTENSION_WITH_NO_BASE", "a", 3)]
