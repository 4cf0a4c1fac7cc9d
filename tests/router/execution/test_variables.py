"""Variables: coerced once, and refused by name."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import build_schema

from router.errors import OperationError
from router.execution.request_body import RequestBody
from router.execution.variables import VariableCoercion
from router.operation import parse_operation

SCHEMA = build_schema("""
type Query { find(id: ID, n: Int, f: Float, c: Colour, i: Filter, l: [Int!]): Int }
scalar Any
extend type Query { any(a: Any): Int }
enum Colour { RED GREEN }
input Filter { name: String! colour: Colour = RED inner: [Filter!] }
""")
QUERY = """query ($id: ID, $n: Int = 3, $f: Float, $c: Colour, $i: Filter, $l: [Int!]) {
  find(id: $id, n: $n, f: $f, c: $c, i: $i, l: $l) }"""
ANY = "query ($a: Any, $n: Int) { any(a: $a) find(n: $n) }"
REQUIRED = "query ($i: Filter!) { find(i: $i) }"


def coerce(query: str, **inputs: Any) -> dict[str, Any]:
    return VariableCoercion(SCHEMA, parse_operation(SCHEMA, query, None)).coerce(inputs)


@pytest.mark.parametrize(
    ("inputs", "coerced"),
    [
        ({}, {"n": 3}),
        ({"n": None}, {"n": None}),
        ({"id": 5, "f": 1, "c": "GREEN", "l": 7}, {"id": "5", "n": 3, "f": 1.0, "c": "GREEN", "l": [7]}),
        ({"i": {"name": "a"}}, {"n": 3, "i": {"name": "a", "colour": "RED"}}),
        ({"other": 1}, {"n": 3}),
    ],
)
def test_values_and_defaults_are_coerced_and_absent_ones_stay_absent(
    inputs: dict[str, Any], coerced: dict[str, Any]
) -> None:
    assert coerce(QUERY, **inputs) == coerced


@pytest.mark.parametrize(
    ("inputs", "name", "message"),
    [
        ({}, "i", "Variable '$i' of required type 'Filter!' was not provided."),
        ({"i": None}, "i", "Variable '$i' of non-null type 'Filter!' must not be null."),
        ({"i": {"name": "a", "inner": [{}]}}, "i", "at 'i.inner[0]'"),
        ({"i": {"name": "a", "colour": "BLUE"}}, "i", "at 'i.colour'"),
        ({"i": {"name": "a", "size": 1}}, "i", "Field 'size' is not defined by type 'Filter'"),
    ],
)
def test_a_wrong_variable_is_refused_by_name_and_path(inputs: dict[str, Any], name: str, message: str) -> None:
    with pytest.raises(OperationError) as refusal:
        coerce(REQUIRED, **inputs)

    assert refusal.value.code == "BAD_USER_INPUT"
    assert message in refusal.value.message
    assert (refusal.value.errors[0].extensions or {})["variable"] == name


def test_no_more_errors_are_listed_than_anybody_reads() -> None:
    with pytest.raises(OperationError) as refusal:
        coerce(QUERY, l=["x"] * 1000)

    assert len(refusal.value.errors) == 21
    assert refusal.value.errors[-1].message.startswith("Too many errors")


def test_input_nested_too_deeply_is_refused() -> None:
    nested: dict[str, Any] = {"name": "a"}
    for _ in range(5000):
        nested = {"name": "a", "inner": [nested]}

    with pytest.raises(OperationError):
        coerce(REQUIRED, i=nested)


def nested_by(depth: int) -> Any:
    nested: Any = 1
    for _ in range(depth):
        nested = [nested]
    return nested


@pytest.mark.parametrize("names", [["a"], ["a", "n"]])
@pytest.mark.parametrize("depth", [250, 251, 252, 253])
def test_input_that_is_taken_can_be_written_again(names: list[str], depth: int) -> None:
    inputs = {"a": nested_by(depth), "n": 1}
    try:
        coerced = coerce(ANY, **inputs)
    except OperationError:
        return

    assert b"[" * depth + b"1" in RequestBody(ANY, names).render(coerced)


@pytest.mark.parametrize("depth", [300, 600, 1024])
def test_input_that_could_not_be_written_again_is_refused_by_name(depth: int) -> None:
    with pytest.raises(OperationError, match=r"Variable '\$a' is nested too deeply") as refusal:
        coerce(ANY, a=nested_by(depth), n=1)

    assert (refusal.value.code, (refusal.value.errors[0].extensions or {})["variable"]) == ("BAD_USER_INPUT", "a")


def test_a_default_that_could_not_be_written_is_refused_by_name() -> None:
    with pytest.raises(OperationError, match=r"Variable '\$a' .* a number that is too large") as refusal:
        coerce("query ($a: Any = 99999999999999999999) { any(a: $a) }")

    assert refusal.value.code == "BAD_USER_INPUT"
