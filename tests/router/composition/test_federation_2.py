"""What a supergraph says of federation 2 subgraphs, feature by feature."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import build_schema

from router.composition import SubgraphSource, compose
from tests.router.composition.composing import composed, federation_2


def _block(sdl: str, head: str) -> str:
    """Return one definition of the printed supergraph, from its head to the blank line after it."""
    return next(block for block in sdl.strip().split("\n\n") if block.startswith(head))


def test_whole_supergraph_of_two_small_subgraphs() -> None:
    users = 'type Query { me: User }\n"A person."\ntype User @key(fields: "id") { id: ID! name: String }'
    reviews = 'type User @key(fields: "id") { id: ID! reviews: [String!]! }'

    sdl = composed(users=users, reviews=reviews)

    assert sdl == (Path(__file__).parent / "two_small_subgraphs.graphql").read_text()
    build_schema(sdl)


def test_descriptions_are_what_most_subgraphs_say() -> None:
    first, second, third = (
        f'type Query {{ t{name}: T }}\n"{text}"\ntype T @shareable {{ a: Int }}'
        for name, text in (("a", "odd"), ("b", "common"), ("c", "common"))
    )

    assert _block(composed(a=first, b=second, c=third), '"""\ncommon\n"""\ntype T').startswith('"""\ncommon\n"""')


def test_descriptions_with_quotes_and_backslashes_survive() -> None:
    description = 'Say \\"""hi\\""" in C:\\\\dir'
    sdl = composed(a=f'type Query {{\n  """{description}"""\n  a: Int\n}}')

    ours = build_schema(sdl).query_type
    theirs = build_schema(f'type Query {{\n  """{description}"""\n  a: Int\n}}').query_type
    assert ours is not None
    assert theirs is not None
    assert ours.fields["a"].description == theirs.fields["a"].description


def test_output_type_is_the_widest_and_each_subgraph_keeps_its_own() -> None:
    sdl = composed(a="type Query { a: Int! @shareable }", b="type Query { a: Int @shareable }")

    assert '  a: Int @join__field(graph: A, type: "Int!") @join__field(graph: B, type: "Int")\n' in sdl


def test_input_type_is_the_narrowest() -> None:
    sdl = composed(a="type Query { a(x: Int!): Int @shareable }", b="type Query { a(x: Int): Int @shareable }")

    assert "  a(x: Int!): Int\n" in sdl


def test_field_may_return_a_member_where_another_subgraph_returns_the_union() -> None:
    first = "type Query { u: U @shareable }\nunion U = T\ntype T @shareable { x: Int }"
    second = "type Query { u: T @shareable }\ntype T @shareable { x: Int }"

    assert '  u: U @join__field(graph: A, type: "U") @join__field(graph: B, type: "T")\n' in composed(a=first, b=second)


def test_argument_that_not_every_subgraph_has_is_left_out() -> None:
    sdl = composed(a="type Query { a(x: Int, y: Int): Int @shareable }", b="type Query { a(x: Int): Int @shareable }")

    assert "  a(x: Int): Int\n" in sdl


def test_enum_that_is_only_returned_has_the_values_of_all() -> None:
    sdl = composed(a="type Query { a: E }\nenum E { X }", b="enum E { Y }")

    assert _block(sdl, "enum E") == (
        "enum E\n  @join__type(graph: A)\n  @join__type(graph: B)\n{\n"
        "  X @join__enumValue(graph: A)\n  Y @join__enumValue(graph: B)\n}"
    )


def test_enum_that_is_only_sent_has_the_values_that_all_know() -> None:
    sdl = composed(a="type Query { a(e: E): Int }\nenum E { X Y }", b="enum E { Y }")

    assert "  Y @join__enumValue(graph: A) @join__enumValue(graph: B)\n" in sdl
    assert "  X " not in sdl


def test_inaccessible_value_stays_though_not_all_know_it() -> None:
    sdl = composed(a="type Query { a(e: E): E }\nenum E { X @inaccessible Y }", b="enum E { Y }")

    assert "  X @join__enumValue(graph: A) @inaccessible\n" in sdl


def test_input_object_has_the_fields_that_all_know() -> None:
    sdl = composed(a="type Query { a(i: I): Int }\ninput I { x: Int y: Int = 3 }", b="input I { y: Int = 3 }")

    assert _block(sdl, "input I") == "input I\n  @join__type(graph: A)\n  @join__type(graph: B)\n{\n  y: Int = 3\n}"


def test_union_has_the_members_of_all() -> None:
    first = "type Query { u: U }\nunion U = A\ntype A { x: Int }"
    second = "union U = B\ntype B { y: Int }"

    assert _block(composed(a=first, b=second), "union U") == (
        "union U\n  @join__type(graph: A)\n  @join__type(graph: B)\n"
        '  @join__unionMember(graph: A, member: "A")\n  @join__unionMember(graph: B, member: "B")\n = A | B'
    )


def test_imports_may_be_renamed_and_prefixed() -> None:
    sdl = """
        schema @link(url: "https://specs.apollo.dev/federation/v2.9", as: "fed", import: [{name: "@key", as: "@id"}]) {
          query: Root
        }
        type Root { t: T! @fed__tag(name: "x") self: Root }
        type T @id(fields: "id") { id: ID! }
    """
    supergraph = compose([SubgraphSource("a", "http://a", sdl)])

    assert _block(supergraph, "type Query") == (
        'type Query\n  @join__type(graph: A)\n{\n  t: T! @tag(name: "x")\n  self: Query\n}'
    )
    assert _block(supergraph, "type T") == 'type T\n  @join__type(graph: A, key: "id")\n{\n  id: ID!\n}'


def test_applied_directives_link_to_their_specifications() -> None:
    sdl = composed(
        a='type Query { a(first: Int): [Int] @listSize(slicingArguments: ["first"]) b: Int @policy(policies: [["p"]]) }'
    )

    assert '  @link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY)\n' in sdl
    assert '  @link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@listSize"])\n' in sdl
    assert "specs.apollo.dev/tag" not in sdl
    build_schema(sdl)


def test_tags_of_all_subgraphs_are_kept_once() -> None:
    sdl = composed(
        a='type Query { a: Int @shareable @tag(name: "x") @tag(name: "y") }',
        b='type Query { a: Int @shareable @tag(name: "y") @tag(name: "z") }',
    )

    assert '  a: Int @tag(name: "x") @tag(name: "y") @tag(name: "z")\n' in sdl


def test_costs_merge_to_the_highest() -> None:
    first, second = (f"type Query {{ a: Int @shareable @cost(weight: {weight}) }}" for weight in (3, 7))

    assert "  a: Int @cost(weight: 7)\n" in composed(a=first, b=second)


def test_access_rules_of_all_subgraphs_must_be_met() -> None:
    sdl = composed(
        a='type Query { a: Int @shareable @requiresScopes(scopes: [["a"], ["b"]]) }',
        b='type Query { a: Int @shareable @requiresScopes(scopes: [["c"]]) @authenticated }',
    )

    assert '  a: Int @requiresScopes(scopes: [["a", "c"], ["b", "c"]]) @authenticated\n' in sdl


def test_access_rules_of_objects_reach_their_interface() -> None:
    sdl = composed(
        a="type Query { i: I }\ninterface I { x: Int }"
        "\ntype T implements I @authenticated { x: Int @policy(policies: [[]]) }"
        "\ntype S implements I { x: Int }"
    )

    assert _block(sdl, "interface I") == (
        "interface I\n  @join__type(graph: A)\n  @authenticated\n{\n  x: Int @policy(policies: [[]])\n}"
    )


def test_interface_object_adds_its_fields_to_every_implementation() -> None:
    first = """
        type Query { i: I }
        interface I @key(fields: "id") { id: ID! }
        type T implements I @key(fields: "id") { id: ID! }
    """
    second = 'type I @interfaceObject @key(fields: "id") { id: ID! x(a: Int = 1): Int @tag(name: "t") }'

    sdl = composed(a=first, b=second)

    assert '  x(a: Int = 1): Int @join__field @tag(name: "t")\n' in _block(sdl, "type T")
    assert '  @join__type(graph: B, key: "id", isInterfaceObject: true)\n' in _block(sdl, "interface I")


def test_override_takes_the_field_and_keeps_what_is_still_used() -> None:
    first = 'type Query { t: T }\ntype T @key(fields: "id") @key(fields: "n") { id: ID! n: Int m: Int }'
    second = 'type T @key(fields: "id") { id: ID! n: Int @override(from: "a") m: Int @override(from: "a") }'

    block = _block(composed(a=first, b=second), "type T")

    assert '  n: Int @join__field(graph: A, usedOverridden: true) @join__field(graph: B, override: "a")\n' in block
    assert '  m: Int @join__field(graph: B, override: "a")\n' in block


def test_override_from_an_unknown_subgraph_changes_nothing() -> None:
    assert "  a: Int\n" in composed(a='type Query { a: Int @override(from: "gone") }')


def test_composed_directive_goes_to_the_supergraph_with_its_newest_definition() -> None:
    link = 'extend schema @link(url: "https://x.org/foo/v1.{}", import: ["@foo"]) @composeDirective(name: "@foo")\n'
    first = link.format(1) + "directive @foo(a: Int, b: Int) on FIELD_DEFINITION\ntype Query { a: Int @foo(a: 1) }"
    second = link.format(0) + "directive @foo(a: Int) on FIELD_DEFINITION\ntype Query { b: Int @foo(a: 2) }"

    sdl = composed(a=first, b=second)

    assert '  @link(url: "https://x.org/foo/v1.1", import: ["@foo"])\n' in sdl
    assert "directive @foo(a: Int, b: Int) on FIELD_DEFINITION\n" in sdl
    assert "  b: Int @join__field(graph: B) @foo(a: 2)\n" in sdl


def test_composed_specification_that_is_called_as_another_gets_a_name_of_its_own() -> None:
    link = 'extend schema @link(url: "https://x.org/tag/v1.0", import: ["@label"]) @composeDirective(name: "@label")\n'
    sdl = composed(a=link + 'directive @label on FIELD_DEFINITION\ntype Query { a: Int @label @tag(name: "t") }')

    assert '  @link(url: "https://x.org/tag/v1.0", as: "own_tag", import: ["@label"])\n' in sdl
    assert '  a: Int @label @tag(name: "t")\n' in sdl


def test_executable_directive_is_kept_where_all_subgraphs_define_it() -> None:
    both = "directive @both(x: Int) on FIELD | FIELD_DEFINITION\n"
    sdl = composed(
        a=f"{both}directive @one on FIELD\ntype Query {{ a: Int @both(x: 1) }}", b=f"{both}type Query {{ b: Int }}"
    )

    assert "directive @both(x: Int) on FIELD\n" in sdl
    assert "@one" not in sdl
    assert "  a: Int @join__field(graph: A)\n" in sdl


@pytest.mark.parametrize(
    ("names", "graphs"),
    [
        (("a-b", "a_b"), ("A_B_1", "A_B_2")),
        (("9lives", "users"), ("_9LIVES", "USERS")),
        (("a-1", "b"), ("A_1_", "B")),
    ],
)
def test_names_in_the_join_graph_are_distinct_words(names: tuple[str, str], graphs: tuple[str, str]) -> None:
    sources = [
        SubgraphSource(name, "http://x", federation_2(f"type Query {{ {field}: Int }}"))
        for name, field in zip(names, "ab", strict=True)
    ]

    block = _block(compose(sources), "enum join__Graph")

    assert tuple(line.split()[0] for line in block.splitlines()[1:-1]) == graphs
