"""Operations that were prepared before: found again whatever their name, and never taken for others."""

from __future__ import annotations

import gc
from collections import Counter

import pytest
from graphql import Token

from router.errors import OperationError
from router.execution import Dispatcher, Executable, Executor, ExecutorOptions
from router.execution.entity_fetch import EntityGroup
from router.operation import Operation
from router.plan.nodes import Fetch, Flatten, OperationKind, QueryPlan, RequiredField, Sequence
from router.supergraph import load_supergraph

from .conftest import CannedTransport

SUPERGRAPH = load_supergraph("""
schema { query: Query mutation: Mutation }
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
enum join__Graph { A @join__graph(name: "a", url: "http://a") }
type Query { a(n: Int): Int b: Int query: Int }
type Mutation { a: Int }
""")
FETCH = Fetch("a", OperationKind.QUERY, "{ a }")
ENTITIES = Fetch("a", OperationKind.QUERY, "{ _entities }", requires=(RequiredField("id"),))
PLAN = QueryPlan(Sequence((FETCH, Flatten(("a",), ENTITIES))))
STARTS = ["query Ab", "query Cd", "query  Ab", "query,\r\nAb", "#x\nquery Ab", "mutation Ab", "query", "query Abc", ""]
STARTS += [
    "queryAb",
    "query Ab Cd",
    "query \0\0",
    "query Ab\0",
    "query A\0",
    "query 1b",
    "query 1bc",
    "query é",
    "query on",
    "query #Ab\n",
    '"query Ab"',
    "{ query Ab",
    "{ query Cd",
]
ENDS = [
    "{ a }",
    " { a }",
    "{ b }",
    "($n: Int) { a(n: $n) }",
    "($n: Int!) { a(n: $n) }",
    "{ a } query Cd { b }",
    "{ c }",
    "{ a",
    "( a }",
    ": b }",
]


class OnePlan:
    """Counts what was planned."""

    def __init__(self) -> None:
        self.planned = 0

    def plan(self, _: Operation, _labels: frozenset[str]) -> QueryPlan:
        self.planned += 1
        return PLAN


def make_executor(cached: int = 1000) -> tuple[Executor, OnePlan]:
    planner = OnePlan()
    dispatcher = Dispatcher(CannedTransport(lambda *_: {}), {})
    return Executor(SUPERGRAPH, planner, dispatcher, ExecutorOptions(cached_operations=cached)), planner


def told(executor: Executor, text: str, name: str | None) -> object:
    """Tell all that a client may see of what is prepared: what it is, and the places of what is wrong."""
    try:
        found = executor.find(text, name)
        operation = found.executable.operation
        found.executable.coerce({"n": "x"} if "$n" in text else {})
    except OperationError as error:
        return [(inner.message, inner.locations) for inner in error.errors]
    return found.name, operation.kind, operation.definition.selection_set


def test_an_operation_is_found_again_whatever_its_name() -> None:
    executor, planner = make_executor()

    found = [executor.find(f"query {name} {{ a }}", given) for name in ("Ab", "_1", "on") for given in (None, name)]

    assert planner.planned == 1
    assert [named.name for named in found] == ["Ab", "Ab", "_1", "_1", "on", "on"]
    assert {named.executable for named in found} == {found[0].executable}


@pytest.mark.parametrize("text", ["query Ab( a }", "query Ab a }", "query Ab", "query Ab{{ a }"])
def test_what_follows_a_name_is_told_apart_from_the_first_character_on(text: str) -> None:
    executor, _ = make_executor()
    executor.prepare("query Ab{ a }", None)

    with pytest.raises(OperationError, match="Syntax Error"):
        executor.prepare(text, None)


def test_the_places_of_errors_are_those_in_the_text_that_was_sent() -> None:
    executor, _ = make_executor()
    columns: list[int] = []
    for name in ("Ab", "Cd", "Abcd"):
        executable = executor.prepare(f"query {name}($n: Int!) {{ a(n: $n) }}", None)
        with pytest.raises(OperationError) as refusal:
            executable.coerce({})
        columns += [location.column for location in refusal.value.errors[0].locations or ()]

    assert columns == [10, 10, 12]


def test_the_operations_of_one_document_are_told_apart() -> None:
    executor, planner = make_executor()
    text = "query Ab { a } query Cd { b }"

    names = [executor.find(text, name).name for name in ("Ab", "Cd", "Ab")]
    with pytest.raises(OperationError, match="Several operations"):
        executor.prepare(text, None)
    with pytest.raises(OperationError, match="only one operation named"):
        executor.prepare("query Cd { a } query Cd { b }", "Cd")

    assert names == ["Ab", "Cd", "Ab"]
    assert planner.planned == 2


def test_an_operation_is_not_found_by_another_name_than_its_own() -> None:
    executor, _ = make_executor()
    executor.prepare("query Ab { a }", None)

    with pytest.raises(OperationError, match="Unknown operation named 'Cd'"):
        executor.prepare("query Ab { a }", "Cd")


def test_no_more_operations_are_kept_than_allowed() -> None:
    executor, planner = make_executor(cached=2)

    for text in ("query Ab { a }", "{ b }", "query Cd { a }", "query Ab { query }", "query Cd { a }", "{ b }"):
        executor.prepare(text, None)

    assert planner.planned == 4


def count_kept() -> Counter[type]:
    """Count what is kept of operations."""
    kinds = (Executable, EntityGroup, Token)
    # By type: what another test has left may be a weak proxy, which must not be asked for its class.
    return Counter(type(known) for known in gc.get_objects() if type(known) in kinds)


def test_an_operation_that_is_forgotten_is_gone_without_the_garbage_collector() -> None:
    executor, _ = make_executor(cached=1)
    executor.prepare("{ query }", None)
    gc.collect()
    gc.disable()
    try:
        before = count_kept()
        for text in ("{ a }", "query Ab { b }", "{ query }"):
            executor.prepare(text, None)
        after = count_kept()
    finally:
        gc.enable()

    assert after == before


@pytest.mark.parametrize("end", ENDS)
def test_what_was_prepared_before_makes_no_difference_to_what_is_answered(end: str) -> None:
    seasoned, _ = make_executor()
    asked = [(start + end, name) for start in STARTS for name in (None, "Ab", "Cd")]

    for text, name in asked * 2:
        assert told(seasoned, text, name) == told(make_executor()[0], text, name)


def test_what_is_kept_of_new_operations_does_not_pile_up_for_the_garbage_collector() -> None:
    executor, _ = make_executor(cached=5)
    gc.collect()
    gc.disable()
    try:
        for number in range(50):
            executor.find(f"{{ a b x{number}: a }}", None)
        young = len(gc.get_objects(generation=0)) + len(gc.get_objects(generation=1))
    finally:
        gc.enable()

    assert young < 50


def test_what_is_asked_for_all_the_time_is_never_forgotten_for_others() -> None:
    executor, planner = make_executor(cached=3)
    often = "query Often { b }"
    for _ in range(2):
        executor.prepare(often, None)

    for count in range(1, 10):
        executor.prepare(often, None)
        executor.prepare(f"query New($n{count}: Int) {{ a(n: $n{count}) }}", None)

    assert planner.planned == 1 + 9


def test_what_was_forgotten_is_prepared_anew_even_if_it_was_at_hand() -> None:
    executor, planner = make_executor(cached=1)

    first = [executor.prepare("{ a }", None) for _ in range(3)]
    executor.prepare("{ b }", None)
    again = executor.prepare("{ a }", None)

    assert len(set(first)) == 1
    assert again not in first
    assert planner.planned == 3
