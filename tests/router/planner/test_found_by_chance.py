"""Queries that random search, or a change to the planner, once found a wrong plan for; each stays answered."""

from __future__ import annotations

import pytest

from router.planner import PlannerOptions
from tests.router.planner.test_planning_properties import ALL_PASSES, NO_PASSES, answer
from tests.router.suites.federation import load_federation

FOUND = [
    # An object of which nothing is wanted is still there.
    ("requires", "query($no: Boolean! = false) { best { id @include(if: $no) } }"),
    # One directive of a kind may stand at a place.
    (
        "provides",
        "query($a: Boolean = true, $b: Boolean = false) { newest { id ... @skip(if: $a) { name @skip(if: $b) } } }",
    ),
    # What lies below a type must wait until the type is known.
    ("interface-objects", "{ active { ... on Admin { last { by { x: greeting __typename } } email } } }"),
    # A key with two meanings may not be asked of an interface object that cannot tell the types apart.
    (
        "interface-objects",
        "{ noted { last { by { greeting ... on Guest { x: greeting visits } ... on Admin { x: __typename } } } } }",
    ),
    # Whether an object sets a context must be known before a value is looked for in it.
    ("contexts-and-interfaces", "{ media { loans { media { loans { tag } } fee } } }"),
    # So must its type where the fetch that it comes from has waited for a value.
    (
        "contexts-and-interfaces",
        "{ shelf { first { owner { name } loans { price: media { ... on Film { loans { tag } } } } } } }",
    ),
    # Nor may a field that is asked for with other arguments for each type.
    ("interface-objects", "{ noted { ... on Guest { n: note(short: true) } ... on Admin { n: note } } }"),
    ("interface-objects", "{ noted { ... on Admin { n: note(short: true) } ... on Guest { n: note } } }"),
    # A field with a value of a context may have a key with two meanings, too.
    (
        "contexts-and-interfaces",
        "{ media { loans { fee id } ... on Book { price(whole: true) } ... on Film { price loans { tag } } } }",
    ),
    # Objects of one path have the same values, whichever types are asked.
    (
        "contexts-and-interfaces",
        "{ desk { all { price(whole: true) owner { id } ... on Book { owner { level } next { owner { id } } } } } }",
    ),
]


@pytest.mark.parametrize(("name", "text"), FOUND)
@pytest.mark.parametrize("options", [ALL_PASSES, NO_PASSES])
def test_a_query_that_is_easily_planned_wrong_is_answered(name: str, text: str, options: PlannerOptions) -> None:
    got, expected = answer(load_federation(name), text, options)

    assert got == expected
