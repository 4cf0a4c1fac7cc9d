from __future__ import annotations

import pytest

from tests.router.composition.composing import composed, federation_2, issues_of, refused


def test_visible_field_of_an_inaccessible_type_is_refused() -> None:
    sdl = "type Query { a: Int t: T }\ntype T @inaccessible { x: Int }"

    assert refused(a=sdl) == [("REFERENCED_INACCESSIBLE", "a", 3)]


def test_visible_argument_of_an_inaccessible_type_is_refused() -> None:
    sdl = "type Query { a(i: I): Int }\ninput I @inaccessible { x: Int }"

    assert refused(a=sdl) == [("REFERENCED_INACCESSIBLE", "a", 3)]


def test_inaccessible_query_is_refused() -> None:
    assert refused(a="type Query @inaccessible { a: Int }") == [("QUERY_ROOT_TYPE_INACCESSIBLE", "a", 2)]


def test_visible_type_of_inaccessible_fields_is_refused() -> None:
    sdl = "type Query { t: T }\ntype T { x: Int @inaccessible }"

    assert refused(a=sdl) == [("ONLY_INACCESSIBLE_CHILDREN", "a", 3)]


def test_visible_union_of_inaccessible_members_is_refused() -> None:
    sdl = "type Query { u: U }\nunion U = T\ntype T @inaccessible { x: Int }"

    assert refused(a=sdl) == [("ONLY_INACCESSIBLE_CHILDREN", "a", 3)]


def test_inaccessible_field_that_implements_a_visible_one_is_refused() -> None:
    sdl = "type Query { i: I }\ninterface I { x: Int }\ntype T implements I {\n  x: Int @inaccessible\n  y: Int\n}"

    assert refused(a=sdl) == [("IMPLEMENTED_BY_INACCESSIBLE", "a", 5)]


def test_inaccessible_argument_that_implements_a_visible_one_is_refused() -> None:
    sdl = (
        "type Query { i: I }\ninterface I { x(a: Int): Int }\ntype T implements I {\n  x(a: Int @inaccessible): Int\n}"
    )

    assert refused(a=sdl) == [("IMPLEMENTED_BY_INACCESSIBLE", "a", 5)]


def test_inaccessible_argument_that_is_required_is_refused() -> None:
    assert refused(a="type Query { a(x: Int! @inaccessible): Int }") == [("REQUIRED_INACCESSIBLE", "a", 2)]


def test_inaccessible_input_field_that_is_required_is_refused() -> None:
    sdl = "type Query { a(i: I): Int }\ninput I {\n  x: Int! @inaccessible\n  y: Int\n}"

    assert refused(a=sdl) == [("REQUIRED_INACCESSIBLE", "a", 4)]


def test_default_with_an_inaccessible_enum_value_is_refused() -> None:
    sdl = "type Query { a(e: E = X): Int }\nenum E {\n  X @inaccessible\n  Y\n}"

    assert refused(a=sdl) == [("DEFAULT_VALUE_USES_INACCESSIBLE", "a", 4)]


def test_default_with_an_inaccessible_input_field_is_refused() -> None:
    sdl = "type Query { a(i: [I] = [{x: 1}]): Int }\ninput I {\n  x: Int @inaccessible\n  y: Int\n}"

    assert refused(a=sdl) == [("DEFAULT_VALUE_USES_INACCESSIBLE", "a", 4)]


def test_inaccessible_argument_of_a_composed_directive_is_refused() -> None:
    sdl = """
      extend schema @link(url: "https://x.org/foo/v1.0", import: ["@foo"]) @composeDirective(name: "@foo")
      directive @foo(
        a: Int @inaccessible
        b: Int @inaccessible
      ) on FIELD_DEFINITION
      type Query { a: Int @foo }
    """

    assert refused(a=sdl) == [("DISALLOWED_INACCESSIBLE", "a", 4)]


def test_inaccessible_argument_that_its_directive_requires_is_refused() -> None:
    sdl = "directive @mine(a: Int! @inaccessible, b: Int) on FIELD\ntype Query { a: Int }"

    assert [issue.message for issue in issues_of({"a": federation_2(sdl)})] == [
        'Argument "@mine(a:)" is @inaccessible but is a required argument of its directive.'
    ]


@pytest.mark.parametrize("argument", ["a: Int @inaccessible", "a: Int! = 1 @inaccessible", "a: Int!"])
def test_argument_that_need_not_be_given_or_is_seen_may_stand_in_a_directive(argument: str) -> None:
    assert "type Query" in composed(a=f"directive @mine({argument}) on FIELD\ntype Query {{ a: Int }}")
