from __future__ import annotations

from textwrap import dedent

from tests.router.composition.composing import composed, federation_2, issues_of, refused

_CODE = "SATISFIABILITY_ERROR"


def test_message_shows_the_query_and_what_stands_in_the_way() -> None:
    first = 'type Query { t: T }\ntype T @key(fields: "id") { id: ID! }'
    second = 'type T @key(fields: "code") { code: ID! deep: D }\ntype D { x: Int }'

    issues = issues_of({"a": federation_2(first), "b": federation_2(second)})

    assert [(issue.code, issue.subgraph, issue.line) for issue in issues] == [(_CODE, "a", 3), (_CODE, "a", 3)]
    expected = """
        The following supergraph API query:
        {
          t {
            deep { ... }
          }
        }
        cannot be satisfied by the subgraphs because:
        - from subgraph "a": cannot find field "T.deep".
        - from subgraph "a": cannot move to subgraph "b" using @key(fields: "code") of "T",
    """
    assert issues[1].message == f'{dedent(expected).strip()} the key field(s) cannot be resolved from subgraph "a".'


def test_value_type_without_a_key_cannot_be_completed_elsewhere() -> None:
    first = "type Query { v: V }\ntype V @shareable { x: Int }"
    second = "type Query { other: V }\ntype V @shareable { x: Int y: Int }"

    issues = issues_of({"a": federation_2(first), "b": federation_2(second)})

    assert "has no resolvable @key defined in subgraph" in issues[0].message


def test_value_type_is_completed_through_the_entity_that_has_it_in_both() -> None:
    first = 'type Query { t: T }\ntype T @key(fields: "id") { id: ID! v: V @shareable }\ntype V { x: Int }'
    second = 'type T @key(fields: "id") { id: ID! v: V @shareable }\ntype V { y: Int }'

    composed(a=first, b=second)


def test_key_may_be_gathered_from_several_subgraphs() -> None:
    first = 'type Query { t: T }\ntype T @key(fields: "id") { id: ID! }'
    second = 'type T @key(fields: "id") { id: ID! code: ID! @shareable }'
    third = 'type T @key(fields: "id code") { id: ID! code: ID! @shareable x: Int }'

    composed(a=first, b=second, c=third)


def test_key_that_is_not_resolvable_is_no_way_in() -> None:
    first = 'type Query { t: T }\ntype T @key(fields: "id") { id: ID! }'
    second = 'type T @key(fields: "id", resolvable: false) { id: ID! x: Int }'

    assert refused(a=first, b=second) == [(_CODE, "a", 3)]


def test_requirement_must_be_obtainable() -> None:
    first = """
        type Query { t: T }
        type T @key(fields: "id") { id: ID! a: Int @external b: Int @requires(fields: "a") }
    """
    second = 'type T @key(fields: "other") { other: ID! a: Int }'

    assert (_CODE, "a", 3) in refused(a=first, b=second)


def test_provided_field_is_resolved_on_its_path_only() -> None:
    first = """
        type Query { near: T @provides(fields: "a") far: T }
        type T @key(fields: "id") { id: ID! a: Int @external }
    """
    second = 'type T @key(fields: "id") { id: ID! a: Int @shareable }'
    locked = 'type T @key(fields: "id", resolvable: false) { id: ID! a: Int @shareable }'

    composed(a=first, b=second)
    issues = issues_of({"a": federation_2(first), "b": federation_2(locked)})
    assert [issue.message.split("\n")[2].strip() for issue in issues] == ["far {"]


def test_interface_object_needs_someone_who_knows_the_type() -> None:
    first = """
        type Query { i: I }
        interface I @key(fields: "id") { id: ID! }
        type T implements I @key(fields: "id") { id: ID! }
    """
    second = 'type Query { j: I }\ntype I @interfaceObject @key(fields: "id") { id: ID! x: Int }'

    composed(a=first, b=second)
    assert refused(a=first.replace('"id")', '"id", resolvable: false)'), b=second)[0][0] == _CODE


def test_inaccessible_fields_need_not_be_reachable() -> None:
    first = 'type Query { t: T }\ntype T @key(fields: "id") { id: ID! }'
    second = 'type T @key(fields: "code") { code: ID! @inaccessible x: Int @inaccessible }'

    composed(a=first, b=second)


def test_progressive_override_must_be_satisfiable_both_ways() -> None:
    first = 'type Query { t: T }\ntype T @key(fields: "id") { id: ID! v: V }\ntype V { x: Int @shareable }'
    second = """
        type T @key(fields: "id") { id: ID! v: V @override(from: "a", label: "l") }
        type V { x: Int @shareable y: Int }
    """

    issues = issues_of({"a": federation_2(first), "b": federation_2(second)})

    assert [(issue.code, issue.subgraph) for issue in issues] == [(_CODE, "a")]


def test_keys_that_need_one_another_come_to_an_end() -> None:
    first = """
        type Query { t: T }
        type T @key(fields: "u { id }") { u: U @shareable }
        type U @key(fields: "t { u { id } }") { t: T @shareable id: ID! @shareable }
    """
    second = """
        type T @key(fields: "u { t { u { id } } }") { u: U @shareable x: Int }
        type U @key(fields: "id") { id: ID! @shareable t: T @shareable }
    """

    composed(a=first, b=second)


def test_shared_mutation_must_be_answerable_from_one_call() -> None:
    first = "type Query { q: Int }\ntype Mutation { f: F @shareable }\ntype F { x: Int }"
    second = "type Mutation { f: F @shareable }\ntype F { y: Int }"

    issues = issues_of({"a": federation_2(first), "b": federation_2(second)})

    assert [issue.code for issue in issues] == [_CODE]
    assert 'mutation field "Mutation.f" is called in one subgraph only' in issues[0].message
    assert '- Called in subgraph "a":' in issues[0].message
    assert 'from subgraph "b": cannot find field "F.x".' in issues[0].message


def test_shared_mutation_is_fine_where_one_of_its_subgraphs_can_reach_all_below_it() -> None:
    first = 'type Query { q: Int }\ntype Mutation { f: F @shareable }\ntype F @key(fields: "id") { id: ID! x: Int }'
    second = (
        'type Mutation { f: F @shareable }\ntype F @key(fields: "id", resolvable: false) { id: ID! @shareable y: Int }'
    )

    composed(a=first, b=second)


def test_labels_may_be_on_one_without_the_other() -> None:
    """Code is at `a` or, when it moved, at `b` by sku; sku is at `e` by code or, when it moved, at `d` by id."""
    sdls = {
        "a": 'type Query { t: T }\ntype T @key(fields: "id") { id: ID! code: ID! @shareable }',
        "b": 'type T @key(fields: "sku") { sku: ID! code: ID! @shareable @override(from: "a", label: "code_moved") }',
        "d": 'type T @key(fields: "id") { id: ID! sku: ID! @shareable @override(from: "e", label: "sku_moved") }',
        "e": 'type T @key(fields: "code") { code: ID! sku: ID! @shareable }',
    }

    issues = issues_of({name: federation_2(sdl) for name, sdl in sdls.items()})

    assert issues
    assert {issue.code for issue in issues} == {_CODE}


def test_labels_that_may_be_on_in_any_mixture_are_satisfiable() -> None:
    sdls = {
        "a": 'type Query { t: T }\ntype T @key(fields: "id") { id: ID! code: ID! sku: ID! }',
        "b": 'type T @key(fields: "id") { id: ID! code: ID! @override(from: "a", label: "one") }',
        "c": 'type T @key(fields: "id") { id: ID! sku: ID! @override(from: "a", label: "two") }',
    }

    composed(**sdls)
