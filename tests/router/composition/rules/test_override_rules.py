from __future__ import annotations

import pytest

from tests.router.composition.composing import composed, refused

_OWNER = 'type Query { t: T }\ntype T @key(fields: "id") {\n  id: ID!\n  a: Int\n}'


def _taker(field: str) -> str:
    return f'type T @key(fields: "id") {{\n  id: ID!\n  {field}\n}}'


def test_override_from_the_subgraph_itself_is_refused() -> None:
    taker = _taker('a: Int @override(from: "b")')

    assert refused(a='type Query { t: T }\ntype T @key(fields: "id") { id: ID! }', b=taker) == [
        ("OVERRIDE_FROM_SELF_ERROR", "b", 4)
    ]


def test_override_of_an_override_is_refused() -> None:
    first = _OWNER.replace("a: Int", 'a: Int @shareable @override(from: "b")')
    second = _taker('a: Int @shareable @override(from: "a")')

    assert refused(a=first, b=second) == [
        ("OVERRIDE_SOURCE_HAS_OVERRIDE", "a", 5),
        ("OVERRIDE_SOURCE_HAS_OVERRIDE", "b", 4),
    ]


def test_override_on_an_interface_is_refused() -> None:
    first = "type Query { i: I @shareable }\ninterface I { a: Int }\ntype T implements I @shareable { a: Int }"
    second = first.replace("a: Int }\ntype", 'a: Int @override(from: "a") }\ntype')

    assert refused(a=first, b=second) == [("OVERRIDE_ON_INTERFACE", "b", 3)]


def test_override_of_a_field_with_requirements_is_refused() -> None:
    first = _OWNER.replace("a: Int", 'a: Int @shareable @requires(fields: "c")\n  c: Int @external')
    second = _taker('a: Int @shareable @override(from: "a")\n  c: Int')

    assert refused(a=first, b=second) == [("OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", "b", 4)]


def test_override_on_an_interface_object_is_refused() -> None:
    first = """
        type Query { i: I }
        interface I @key(fields: "id") { id: ID! a: Int }
        type T implements I @key(fields: "id") { id: ID! a: Int }
    """
    second = 'type I @interfaceObject @key(fields: "id") {\n  id: ID!\n  a: Int @shareable @override(from: "a")\n}'

    assert ("OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", "b", 4) in refused(a=first, b=second)


@pytest.mark.parametrize("label", ["percent(101)", "percent(1.123456789)", "9lives", "a b"])
def test_label_that_is_neither_a_name_nor_a_percentage_is_refused(label: str) -> None:
    taker = _taker(f'a: Int @override(from: "a", label: "{label}")')

    assert refused(a=_OWNER, b=taker) == [("OVERRIDE_LABEL_INVALID", "b", 4)]


@pytest.mark.parametrize("label", ["percent(0)", "percent(99.99)", "percent(100)", "launch/darkly:flag-1.x_y"])
def test_label_that_is_a_name_or_a_percentage_goes_to_both_subgraphs(label: str) -> None:
    sdl = composed(a=_OWNER, b=_taker(f'a: Int @override(from: "a", label: "{label}")'))

    assert (
        f'  a: Int @join__field(graph: A, overrideLabel: "{label}")'
        f' @join__field(graph: B, override: "a", overrideLabel: "{label}")\n'
    ) in sdl
    assert "https://specs.apollo.dev/join/v0.4" in sdl
