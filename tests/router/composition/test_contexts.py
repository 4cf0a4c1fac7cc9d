"""What a supergraph says of contexts, and whether every query gets the values which its fields take from them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from router.composition import SubgraphSource, compose
from tests.router.composition.composing import composed, federation_2, issues_of, refused

_CODE = "SATISFIABILITY_ERROR"
_OTHER = 'type Query { other: Int }\ntype U @key(fields: "id") { id: ID! plain: Int }'


def _taking(types: str) -> str:
    """Write a subgraph where U.f takes what the context `c` says."""
    taking = 'type U @key(fields: "id") { id: ID! u: U f(a: String @fromContext(field: "$c { p }")): Int }'
    return f"{dedent(types).strip()}\n{taking}"


def _block(sdl: str, head: str) -> str:
    return next(block for block in sdl.split("\n\n") if block.startswith(head))


def test_supergraph_says_who_sets_and_who_takes() -> None:
    first = """
        type Query { t: T }
        type T @key(fields: "id") @context(name: "c") @tag(name: "x") @context(name: "d") { id: ID! u: U p: String }
        union X @context(name: "e") = T
        type U @key(fields: "id") {
          id: ID!
          f(x: Int, a: String @fromContext(field: "$c{ p }"), b: String @fromContext(field: "$e ...on T { p }")): Int
        }
    """
    second = _OTHER + '\ntype T @key(fields: "id") @context(name: "c") { id: ID! }'

    sdl = composed(**{"first-one": first, "second": second})

    assert '  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)\n' in sdl
    assert '  @link(url: "https://specs.apollo.dev/context/v0.1", for: SECURITY)\n' in sdl
    assert _block(sdl, "type T").split("{")[0].splitlines()[3:] == [
        '  @tag(name: "x")',
        '  @context(name: "first-one__c")',
        '  @context(name: "first-one__d")',
        '  @context(name: "second__c")',
    ]
    assert '  @context(name: "first-one__e")\n = T' in sdl
    assert (
        "  f(x: Int): Int @join__field(graph: FIRST_ONE, contextArguments: ["
        '{context: "first-one__c", name: "a", type: "String", selection: "{ p }"}, '
        '{context: "first-one__e", name: "b", type: "String", selection: " ...on T { p }"}])\n'
    ) in sdl


def test_contexts_may_have_other_names_in_a_subgraph() -> None:
    link = """
        extend schema @link(url: "https://specs.apollo.dev/federation/v2.8", as: "fed",
          import: [{name: "@context", as: "@sets"}])
        type Query { t: T }
        type T @sets(name: "c") { p: String u: U }
        type U @fed__key(fields: "id") { id: ID! f(a: String @fed__fromContext(field: "$c { p }")): Int }
    """

    sdl = compose([SubgraphSource("s", "http://s", link)])

    assert '  @context(name: "s__c")\n' in sdl
    assert "  f: Int @join__field(graph: S, contextArguments: [" in sdl


def test_contexts_are_unknown_before_federation_2_8() -> None:
    sdl = federation_2(_taking('type Query { t: T }\ntype T @context(name: "c") { p: String u: U }'), "v2.7")

    assert {issue.code for issue in issues_of({"a": sdl})} == {"INVALID_LINK_DIRECTIVE_USAGE"}


def test_value_may_be_read_in_another_subgraph() -> None:
    first = _taking(
        'type Query { t: T }\ntype T @key(fields: "id") @context(name: "c") { id: ID! u: U p: String @external }'
    )

    composed(a=first, b=_OTHER + '\ntype T @key(fields: "id") { id: ID! p: String }')
    assert (_CODE, "a", 4) in refused(a=first, b=_OTHER + '\ntype T @key(fields: "n") { n: Int p: String }')


def test_object_must_be_found_again_by_a_key_that_can_be_read() -> None:
    first = _taking('type Query { t: T }\ntype T @context(name: "c") { p: String u: U }')

    issues = issues_of(
        {
            "a": federation_2(first.replace("{ id: ID! u: U f(", "{ id: ID! @external u: U f(")),
            "b": federation_2(_OTHER),
        }
    )

    assert [issue.code for issue in issues if 'required context for field "U.f"' in issue.message] == [_CODE]


def test_field_is_only_reached_below_its_context() -> None:
    sdl = _taking('type Query { t: T u: U }\ntype T @context(name: "c") { p: String u: U }')

    issues = issues_of({"a": federation_2(sdl), "b": federation_2(_OTHER)})

    assert [(issue.code, issue.subgraph, issue.line) for issue in issues] == [(_CODE, "a", 4)]
    assert (
        issues[0].message
        == dedent("""
        The following supergraph API query:
        {
          u {
            f
          }
        }
        cannot be satisfied by the subgraphs because:
        - from subgraph "a": could not find a match for required context for field "U.f".
        - from subgraph "b": cannot find field "U.f".
    """).strip()
    )


def test_context_reaches_down_through_other_subgraphs_and_other_types() -> None:
    first = _taking('type Query { t: T }\ntype T @key(fields: "id") @context(name: "c") { id: ID! p: String }')
    second = """
        type Query { other: T }
        type T @key(fields: "id") { id: ID! m: M }
        type M { u: U }
        type U @key(fields: "id") { id: ID! }
    """

    composed(a=first, b=second)


def test_type_that_implements_or_is_member_of_what_sets_a_context_sets_it() -> None:
    interface = """
        type Query { t: T }
        interface I @context(name: "c") { p: String }
        type T implements I { p: String u: U }
    """
    union = """
        type Query { t: T }
        union X @context(name: "c") = T
        type T { p: String u: U }
    """

    composed(a=_taking(interface), b=_OTHER)
    composed(a=_taking(union).replace("$c { p }", "$c ... on T { p }"), b=_OTHER)


def test_what_sets_a_context_does_not_set_it_for_itself() -> None:
    sdl = """
        type Query { u: U }
        type U @key(fields: "id") @context(name: "c") {
          id: ID! p: String f(a: String @fromContext(field: "$c { p }")): Int
        }
    """

    assert refused(a=sdl, b=_OTHER) == [(_CODE, "a", 3)]


def test_nearest_context_counts_though_its_value_cannot_be_had() -> None:
    first = """
        type Query { t: T }
        type T @key(fields: "id") @context(name: "c") { id: ID! p: String near: N u: U }
        type N @key(fields: "n") @context(name: "c") { n: ID! p: String @external u: U }
    """
    second = _OTHER + '\ntype N @key(fields: "m") { m: ID! p: String }'

    assert (_CODE, "a", 5) in refused(a=_taking(first), b=second)


@pytest.mark.parametrize("place", ['@key(fields: "f")', '@requires(fields: "f")'])
def test_key_or_requirement_takes_nothing_from_a_context(place: str) -> None:
    on_type, on_field = (place, "") if "key" in place else ("", place)
    first = _taking('type Query { t: T }\ntype T @context(name: "c") { p: String u: U }')
    second = f"""
        type Query {{ other: Int }}
        type U @key(fields: "id"{", resolvable: false" if on_type else ""}) {on_type}
        {{ id: ID! f: Int {"" if on_type else "@external"} g: Int {on_field} }}
    """

    assert _CODE in {code for code, *_ in refused(a=first.replace("): Int }", "): Int @shareable }"), b=second)}
