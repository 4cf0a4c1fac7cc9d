"""Any valid query on a federation has the answer it has on the merged schema, whichever passes run."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse
from graphql.execution.values import get_variable_values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.operation import parse_operation
from router.planner import Planner, PlannerOptions
from tests.router.planner.random_queries import operations
from tests.router.planner.reference_executor import execute_plan
from tests.router.suites.federation import SUITES, Federation, load_federation

ALL_PASSES = PlannerOptions()
WITHOUT_SEEING = PlannerOptions(sees_standing=False)
NO_PASSES = PlannerOptions(passes=frozenset(), alternatives=0)


def answer(federation: Federation, text: str, options: PlannerOptions) -> tuple[Any, Any]:
    schema = federation.supergraph.public_schema
    operation = parse_operation(schema, text, None)
    plan = Planner(federation.supergraph, options).plan(operation)
    variables = get_variable_values(schema, operation.definition.variable_definitions, {})
    assert isinstance(variables, dict)
    assert parse(text)
    data, _, _ = execute_plan(plan, schema, text, variables, federation.ask)
    return data, federation.truth(text, variables)


@pytest.mark.parametrize("name", SUITES)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_query_on_a_federation_equals_the_same_query_on_the_merged_schema(name: str, data: st.DataObject) -> None:
    federation = load_federation(name)
    text = data.draw(operations(federation.supergraph.public_schema))

    got, expected = answer(federation, text, ALL_PASSES)

    assert got == expected


@pytest.mark.parametrize("name", SUITES)
@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_passes_switched_off_never_change_an_answer(name: str, data: st.DataObject) -> None:
    federation = load_federation(name)
    text = data.draw(operations(federation.supergraph.public_schema))

    got, expected = answer(federation, text, NO_PASSES)

    assert got == expected


@pytest.mark.parametrize("name", SUITES)
@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_leaves_that_are_placed_at_once_are_placed_as_the_search_would(name: str, data: st.DataObject) -> None:
    supergraph = load_federation(name).supergraph
    operation = parse_operation(supergraph.public_schema, data.draw(operations(supergraph.public_schema)), None)

    plan = Planner(supergraph).plan(operation)

    assert plan == Planner(supergraph, WITHOUT_SEEING).plan(operation)
