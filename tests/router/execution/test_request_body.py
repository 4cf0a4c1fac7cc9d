"""Bodies of subgraph requests: the JSON of what was asked for, and nothing that the client did not give."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from router.execution.request_body import RequestBody

OPERATION = 'query($a: ID) { f(a: $a, s: "é\\"") }'
GIVEN: list[dict[str, Any]] = [{}, {"a": None}, {"a": 'x"y'}, {"b": [1, {"c": True}]}, {"a": "1", "b": 2.5, "z": 0}]
OWN = {"representations": [{"__typename": "User", "id": "1"}], "more": []}


@pytest.mark.parametrize("variables", GIVEN)
@pytest.mark.parametrize("names", [[], ["a"], ["b"], ["a", "b"]])
@pytest.mark.parametrize("own", [[], ["representations"], ["representations", "more"]])
def test_a_body_holds_the_variables_that_were_given(
    variables: dict[str, Any], names: list[str], own: list[str]
) -> None:
    body = RequestBody(OPERATION, names, own)
    expected = {name: variables[name] for name in names if name in variables}

    rendered = orjson.loads(
        body.render_with(variables, [orjson.dumps(OWN[name]) for name in own]) if own else body.render(variables)
    )

    assert rendered["query"] == OPERATION
    assert rendered.get("variables", {}) == expected | {name: OWN[name] for name in own}
