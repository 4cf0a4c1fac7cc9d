"""What a supergraph says of federation 1 subgraphs, which own and extend types and know no @shareable."""

from __future__ import annotations

from router.composition import compose
from tests.router.composition.composing import federation_2, sources


def _composed(**subgraphs: str) -> str:
    return compose(sources(subgraphs))


def _block(sdl: str, head: str) -> str:
    return next(block for block in sdl.strip().split("\n\n") if block.startswith(head))


_USERS = 'type Query { me: User }\ntype User @key(fields: "id") { id: ID! name: String }'


def test_extension_is_the_entity_in_another_subgraph() -> None:
    sdl = _composed(users=_USERS, reviews='extend type User @key(fields: "id") { id: ID! @external reviews: [String] }')

    assert _block(sdl, "type User") == (
        'type User\n  @join__type(graph: REVIEWS, key: "id")\n  @join__type(graph: USERS, key: "id")\n{\n'
        "  id: ID!\n  reviews: [String] @join__field(graph: REVIEWS)\n  name: String @join__field(graph: USERS)\n}"
    )


def test_extends_is_as_good_as_extend() -> None:
    sdl = _composed(
        users=_USERS, reviews='type User @extends @key(fields: "id") { id: ID! @external reviews: [String] }'
    )

    assert '  @join__type(graph: REVIEWS, key: "id", extension: true)\n' in _block(sdl, "type User")


def test_unused_external_fields_leave() -> None:
    sdl = _composed(
        users=_USERS,
        reviews='extend type User @key(fields: "id") { id: ID! @external name: String @external r: Int }',
    )

    assert "  name: String @join__field(graph: USERS)\n" in _block(sdl, "type User")


def test_value_types_of_several_subgraphs_are_shared() -> None:
    sdl = _composed(
        a="type Query { a: Money }\ntype Money { sum: Int }", b="type Query { b: Money }\ntype Money { sum: Int }"
    )

    assert "  sum: Int\n" in _block(sdl, "type Money")


def test_requirement_of_what_is_not_external_is_dropped() -> None:
    sdl = _composed(a='type Query { t: T }\ntype T @key(fields: "id") { id: ID! a: Int b: Int @requires(fields: "a") }')

    assert "  b: Int\n" in _block(sdl, "type T")


def test_key_of_an_interface_is_dropped() -> None:
    sdl = _composed(
        a='type Query { i: I }\ninterface I @key(fields: "id") { id: ID! }\ntype T implements I { id: ID! }'
    )

    assert _block(sdl, "interface I") == "interface I\n  @join__type(graph: A)\n{\n  id: ID!\n}"


def test_fields_argument_may_be_a_list() -> None:
    sdl = _composed(a='type Query { t: T }\ntype T @key(fields: ["id", "x"]) { id: ID! x: Int }')

    assert '  @join__type(graph: A, key: "id x")\n' in _block(sdl, "type T")


def test_federation_1_and_2_compose_together() -> None:
    sdl = _composed(
        users=federation_2(_USERS), reviews='extend type User @key(fields: "id") { id: ID! @external r: Int }'
    )

    assert "  r: Int @join__field(graph: REVIEWS)\n" in _block(sdl, "type User")
