"""Plans for fields that take values from contexts: where the values are read, and which fetch is given them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from router.errors import PlanError
from router.operation import parse_operation
from router.plan.json import plan_to_json
from router.planner import Planner
from router.supergraph import Supergraph, load_supergraph
from tests.router.planner.supergraphs import compose_sdl, compose_supergraph

TAKING = 'type U @key(fields: "id") { id: ID! plain: Int f(a: String @fromContext(field: "$c { p }")): Int }'
OTHER = 'type Query { other: Int } type U @key(fields: "id") { id: ID! }'


def lines(supergraph: Supergraph, text: str) -> list[str]:
    """Plan a query, and write a line for each set of entities that is asked for, and for where their values are."""
    plan = Planner(supergraph).plan(parse_operation(supergraph.public_schema, text, None))
    return [*_lines(plan_to_json(plan)["node"], "")]


def _lines(node: dict[str, Any], path: str) -> Iterator[str]:
    match node["kind"]:
        case "Fetch":
            asked = node["operation"].split("$representations)")[-1].removesuffix("}" if path else "")
            yield f"{node['serviceName']} {path}{asked}"
            yield from _values(node)
        case "Flatten":
            yield from _lines(node["node"], ".".join(node["path"]))
        case "BatchFetch":
            texts = node["operation"].removesuffix("}").split("_entities(")[1:]
            asked = [text.split(")", 1)[1].split(" _e")[0] for text in texts]
            for entity, text in zip(node["entityBatch"]["aliases"], asked, strict=True):
                paths = " ".join(".".join(path) for path in entity["paths"])
                yield f"{node['serviceName']} {paths}{text}"
                yield from _values(entity)
        case _:
            inner = [*node.get("nodes", ()), *(node[key] for key in ("ifClause", "elseClause") if key in node)]
            yield from (line for one in inner for line in _lines(one, ""))


def _values(node: dict[str, Any]) -> Iterator[str]:
    for rewrite in node.get("contextRewrites", ()):
        yield f"  ${rewrite['renameKeyTo']} = {' / '.join(rewrite['path'])}"


def test_value_is_fetched_first_and_the_field_by_an_entrance_of_its_own() -> None:
    supergraph = compose_supergraph(
        a=f'type Query {{ t: T }} type T @key(fields: "id") @context(name: "c") {{ id: ID! p: String u: U }} {TAKING}',
        b=OTHER,
    )

    assert lines(supergraph, "{ t { u { plain f } } }") == [
        "a {t{u{__typename plain id} p}}",
        "a t.u{...on U{f(a: $contextualArgument_1_0)}}",
        "  $contextualArgument_1_0 = .. / ... on T / p",
    ]


def test_operation_declares_its_values_beside_the_variables_of_the_client() -> None:
    supergraph = compose_supergraph(
        a="""
            type Query { t: T } type T @context(name: "c") { p: String u: U }
            type U @key(fields: "id") { id: ID! f(a: String @fromContext(field: "$c { p }"), x: Int): Int }
        """,
        b=OTHER,
    )
    operation = parse_operation(supergraph.public_schema, "query($y: Int = 1) { t { u { f(x: $y) } } }", None)

    _, second = plan_to_json(Planner(supergraph).plan(operation))["node"]["nodes"]

    assert second["node"]["operation"] == (
        "query($representations: [_Any!]!, $y: Int = 1, $contextualArgument_1_0: String)"
        "{_entities(representations: $representations){...on U{f(x: $y, a: $contextualArgument_1_0)}}}"
    )
    assert second["node"]["variableUsages"] == ["y", "contextualArgument_1_0"]


def test_client_may_have_a_variable_of_that_name() -> None:
    supergraph = compose_supergraph(
        a="""
            type Query { t: T } type T @context(name: "c") { p: String u: U }
            type U @key(fields: "id") { id: ID! f(a: String @fromContext(field: "$c { p }"), x: Int): Int }
        """,
        b=OTHER,
    )

    found = lines(supergraph, "query($contextualArgument_1_0: Int) { t { u { f(x: $contextualArgument_1_0) } } }")

    assert found[1:] == [
        "a t.u{...on U{f(x: $contextualArgument_1_0, a: $_contextualArgument_1_0)}}",
        "  $_contextualArgument_1_0 = .. / ... on T / p",
    ]


def test_value_of_another_subgraph_is_fetched_there_in_between() -> None:
    supergraph = compose_supergraph(
        a=f"""
            type Query {{ t: T }}
            type T @key(fields: "id") @context(name: "c") {{ id: ID! p: String @external u: U }} {TAKING}
        """,
        b='type Query { other: Int } type T @key(fields: "id") { id: ID! p: String }',
    )

    assert lines(supergraph, "{ t { u { f } } }") == [
        "a {t{__typename u{__typename id} id}}",
        "b t{...on T{p}}",
        "a t.u{...on U{f(a: $contextualArgument_1_0)}}",
        "  $contextualArgument_1_0 = .. / ... on T / p",
    ]


def test_value_several_subgraphs_deep_is_gathered_before() -> None:
    supergraph = compose_supergraph(
        a="""
            type Query { t: T } type T @context(name: "c") { a: A u: U }
            type A @key(fields: "id") { id: ID! b: B @external } type B @key(fields: "id") { id: ID! p: String }
            type U @key(fields: "id") { id: ID! f(a: String @fromContext(field: "$c { a { b { p } } }")): Int }
        """,
        b='type Query { other: Int } type A @key(fields: "id") { id: ID! b: B } type B @key(fields: "id") { id: ID! }',
    )

    assert lines(supergraph, "{ t { u { f } } }") == [
        "a {t{u{__typename id} a{__typename id}}}",
        "b t.a{...on A{b{__typename id}}}",
        "a t.a.b{...on B{p}}",
        "a t.u{...on U{f(a: $contextualArgument_1_0)}}",
        "  $contextualArgument_1_0 = .. / ... on T / a / b / p",
    ]


def test_fetch_that_enters_where_the_context_is_set_takes_the_value_along() -> None:
    supergraph = compose_supergraph(
        a='type Query { t: T } type T @key(fields: "id") { id: ID! p: String q: String }',
        b="""
            type T @key(fields: "id") @context(name: "c") { id: ID! p: String @external q: String @external u: U }
            type U @key(fields: "id") {
              id: ID! f(a: String @fromContext(field: "$c { p }"), b: String @fromContext(field: "$c { q }")): V
            }
            type V { x: Int }
        """,
    )

    assert lines(supergraph, "{ t { u { f { x } } } }") == [
        "a {t{__typename p q id}}",
        "b t{...on T{u{f(a: $contextualArgument_2_0, b: $contextualArgument_2_1){x}}}}",
        "  $contextualArgument_2_0 = p",
        "  $contextualArgument_2_1 = q",
    ]


def test_fetch_that_would_come_too_early_waits_for_the_value_if_nobody_waits_for_it() -> None:
    supergraph = compose_supergraph(
        a='type Query { t: T } type T @key(fields: "id") { id: ID! }',
        b=f"""
            type T @key(fields: "id") @context(name: "c") {{ id: ID! p: String @external u: U }} {TAKING}
        """,
        d='type T @key(fields: "id") { id: ID! p: String }',
    )

    assert lines(supergraph, "{ t { u { plain f } } }") == [
        "a {t{__typename id}}",
        "d t{...on T{p}}",
        "b t{...on T{u{plain f(a: $contextualArgument_2_0)}}}",
        "  $contextualArgument_2_0 = p",
    ]


def test_fetch_that_others_wait_for_does_not_wait_for_a_value() -> None:
    supergraph = compose_supergraph(
        a='type Query { t: T } type T @key(fields: "id") { id: ID! }',
        b=f'type T @key(fields: "id") @context(name: "c") {{ id: ID! p: String @external u: U }} {TAKING}',
        d='type T @key(fields: "id") { id: ID! p: String }',
        e='type U @key(fields: "id") { id: ID! more: Int }',
    )

    assert lines(supergraph, "{ t { u { plain more f } } }") == [
        "a {t{__typename id}}",
        "b t{...on T{u{__typename plain id}}}",
        "d t{...on T{p}}",
        "e t.u{...on U{more}}",
        "b t.u{...on U{f(a: $contextualArgument_2_0)}}",
        "  $contextualArgument_2_0 = .. / ... on T / p",
    ]


def test_root_may_set_a_context() -> None:
    supergraph = compose_supergraph(
        a="""
            type Query @context(name: "c") { me: Me item: Item } type Me { locale: String }
            type Item @key(fields: "id") { id: ID! price(l: String @fromContext(field: "$c { me { locale } }")): Int }
        """,
        b='type Query { other: Int } type Item @key(fields: "id") { id: ID! }',
    )

    assert lines(supergraph, "{ item { price } }") == [
        "a {item{__typename id} me{locale}}",
        "a item{...on Item{price(l: $contextualArgument_1_0)}}",
        "  $contextualArgument_1_0 = .. / me / locale",
    ]


def test_lists_on_the_way_are_passed_over() -> None:
    supergraph = compose_supergraph(
        a=f'type Query {{ ts: [T] }} type T @context(name: "c") {{ p: String us: [[U]] }} {TAKING}', b=OTHER
    )

    assert lines(supergraph, "{ ts { us { f } } }")[1:] == [
        "a ts.@.us.@.@{...on U{f(a: $contextualArgument_1_0)}}",
        "  $contextualArgument_1_0 = .. / ... on T / p",
    ]


def test_value_is_read_under_the_key_that_it_has_in_the_response() -> None:
    supergraph = compose_supergraph(
        a=f'type Query {{ t: T }} type T @context(name: "c") {{ p: String q: Int u: U }} {TAKING}', b=OTHER
    )

    found = lines(supergraph, "{ t { p: q x: u { f } } }")

    assert found == [
        "a {t{p: q x: u{__typename id} _p_8: p}}",
        "a t.x{...on U{f(a: $contextualArgument_1_0)}}",
        "  $contextualArgument_1_0 = .. / ... on T / _p_8",
    ]


def test_nearest_object_that_sets_the_context_counts() -> None:
    supergraph = compose_supergraph(
        a=f"""
            type Query {{ t: T }} type T @context(name: "c") {{ p: String u: U m: M n: N }}
            type M {{ u: U }} type N @context(name: "c") {{ p: String u: U }} {TAKING}
        """,
        b=OTHER,
    )

    assert lines(supergraph, "{ t { u { f } m { u { f } } n { u { f } } } }")[1:] == [
        "a t.u{...on U{f(a: $contextualArgument_1_0)}}",
        "  $contextualArgument_1_0 = .. / ... on T / p",
        "a t.m.u{...on U{f(a: $contextualArgument_1_0)}}",
        "  $contextualArgument_1_0 = .. / .. / ... on T / p",
        "a t.n.u{...on U{f(a: $contextualArgument_1_0)}}",
        "  $contextualArgument_1_0 = .. / ... on N / p",
    ]


def test_one_variable_never_means_two_things_for_one_object() -> None:
    supergraph = compose_supergraph(
        a="""
            type Query { t: T } type T @key(fields: "id") { id: ID! p: String u: U }
            type U @key(fields: "id") { id: ID! p: String }
        """,
        b="""
            type T @key(fields: "id") @context(name: "c") { id: ID! p: String @external }
            type U @key(fields: "id") @context(name: "c") {
              id: ID! p: String @external next: U f(a: String @fromContext(field: "$c { p }")): Int
            }
        """,
    )

    assert lines(supergraph, "{ t { u { f next { f } } } }") == [
        "a {t{u{__typename id p} p}}",
        "b t.u{...on U{f(a: $contextualArgument_2_0) next{f(a: $contextualArgument_2_0_1)}}}",
        "  $contextualArgument_2_0 = .. / ... on T / p",
        "  $contextualArgument_2_0_1 = p",
    ]


def test_types_that_set_a_context_are_told_apart_by_guards() -> None:
    supergraph = compose_supergraph(
        a="""
            type Query { x: X i: I } union X @context(name: "c") = A | B
            interface I { u: U } type A implements I { p: String u: U } type B implements I { q: String u: U }
            type U @key(fields: "id") {
              id: ID! f(a: String @fromContext(field: "$c ... on A { p } ... on B { q }")): Int
            }
        """,
        b=OTHER,
    )

    assert lines(supergraph, "{ i { u { f } } }") == [
        "a {i{__typename u{__typename id} ...on A{p} ...on B{q}}}",
        "a i.u{...on U{f(a: $contextualArgument_1_0)}}",
        "  $contextualArgument_1_0 = .. / ... on A / p",
        "  $contextualArgument_1_0 = .. / ... on B / q",
    ]
    assert lines(supergraph, "{ x { ... on A { u { f } } ... on B { u { f } } } }")[1:] == [
        "a x|[A].u{...on U{f(a: $contextualArgument_1_0)}}",
        "  $contextualArgument_1_0 = .. / ... on A / p",
        "a x|[B].u{...on U{f(a: $contextualArgument_1_0)}}",
        "  $contextualArgument_1_0 = .. / ... on B / q",
    ]


def test_interface_that_sets_a_context_is_asked_as_such() -> None:
    supergraph = compose_supergraph(
        a=f"""
            type Query {{ i: I }} interface I @context(name: "c") {{ p: String u: U }}
            type A implements I {{ p: String u: U }} type B implements I {{ p: String u: U }} {TAKING}
        """,
        b=OTHER,
    )

    assert lines(supergraph, "{ i { u { f } } }") == [
        "a {i{__typename u{__typename id} p}}",
        "a i.u{...on U{f(a: $contextualArgument_1_0)}}",
        "  $contextualArgument_1_0 = .. / ... on I / p",
    ]


def test_type_that_does_not_set_the_context_looks_further_up() -> None:
    supergraph = compose_supergraph(
        a=f"""
            type Query {{ t: T }} type T @context(name: "c") {{ p: String i: I }} interface I {{ u: U }}
            type A implements I @context(name: "c") {{ p: String u: U }} type B implements I {{ u: U }} {TAKING}
        """,
        b=OTHER,
    )

    assert lines(supergraph, "{ t { i { u { f } } } }") == [
        "a {t{i{__typename u{__typename id} ...on A{p}} p}}",
        "a t.i.u{...on U{f(a: $contextualArgument_1_0)}}",
        "  $contextualArgument_1_0 = .. / ... on A / p",
        "  $contextualArgument_1_0 = .. / ... on B / .. / ... on T / p",
    ]


def test_types_of_one_path_are_asked_apart_where_a_variable_means_another_value_for_each() -> None:
    supergraph = compose_supergraph(
        a="""
            type Query { t: T } type T @key(fields: "id") { id: ID! p: String i: I } interface I { id: ID! }
            type A implements I @key(fields: "id") { id: ID! p: String }
            type B implements I @key(fields: "id") { id: ID! }
        """,
        b=f"""
            type T @key(fields: "id") @context(name: "c") {{ id: ID! p: String @external }}
            type A @key(fields: "id") @context(name: "c") {{ id: ID! p: String @external u: U }}
            type B @key(fields: "id") {{ id: ID! u: U }} {TAKING}
        """,
    )

    assert lines(supergraph, "{ t { i { ... on A { u { f } } ... on B { u { f } } } } }") == [
        "a {t{i{__typename ...on A{__typename p id} ...on B{__typename id}} p}}",
        "b t.i|[A]{...on A{u{f(a: $contextualArgument_2_0)}}}",
        "  $contextualArgument_2_0 = ... on A / p",
        "b t.i|[B]{...on B{u{f(a: $contextualArgument_2_0)}}}",
        "  $contextualArgument_2_0 = .. / ... on T / p",
    ]


def test_value_that_only_a_condition_asks_for_is_no_condition_of_other_fields() -> None:
    supergraph = compose_supergraph(
        a="""
            type Query { t: T } type T @context(name: "c") { p: String q: String u: U }
            type U @key(fields: "id") {
              id: ID!
              f(a: String @fromContext(field: "$c { p }")): Int
              g(a: String @fromContext(field: "$c { q }")): Int
            }
        """,
        b=OTHER,
    )

    assert lines(supergraph, "query($x: Boolean!) { t { u { f g @include(if: $x) } } }") == [
        "a query($x: Boolean!){t{u{__typename id} p q @include(if: $x)}}",
        "a t.u{...on U{f(a: $contextualArgument_1_0)}}",
        "  $contextualArgument_1_0 = .. / ... on T / p",
        "a t.u{...on U{g(a: $contextualArgument_1_1) @include(if: $x)}}",
        "  $contextualArgument_1_1 = .. / ... on T / q",
    ]


def test_field_whose_context_nothing_above_sets_has_no_plan() -> None:
    sdl = compose_sdl(a=f'type Query {{ t: T }} type T @context(name: "c") {{ p: String u: U }} {TAKING}', b=OTHER)
    supergraph = load_supergraph(sdl.replace("  t: T ", "  u: U @join__field(graph: A)\n  t: T "))

    with pytest.raises(PlanError, match="Nothing above 'u' sets the context of its argument 'a'"):
        lines(supergraph, "{ u { f } }")
