"""The public federation audit replayed: its recorded plans run over its recorded subgraph calls.

The recorded calls are those of another gateway whose plans are the ones used here, so every request of ours must be
among them, and every answer must be the expected one. Data only, read from beside the repository; see its README.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from graphql import parse, print_ast

from router.errors import OperationError, TransportError

from .conftest import Bench

_HERE = Path(__file__).resolve()
AUDIT = Path(os.environ.get("FEDERATION_AUDIT", _HERE.parents[4] / "shared" / "federation-audit"))


def _cases() -> list[tuple[str, int]]:
    if not AUDIT.is_dir():
        return []
    return [
        (path.parent.name, index)
        for path in sorted(AUDIT.glob("*/plans.hive.json"))
        for index, _ in enumerate(json.loads(path.read_text()))
    ]


def _canonical(request: dict[str, Any]) -> str:
    variables = {name: value for name, value in (request.get("variables") or {}).items() if value is not None}
    for name, value in variables.items():
        if isinstance(value, list):
            variables[name] = sorted(value, key=lambda item: json.dumps(item, sort_keys=True))
    return json.dumps([print_ast(parse(request["query"])), variables], sort_keys=True)


class _Recording:
    """Answers as recorded; entities in the order in which they are asked for here."""

    def __init__(self, calls: list[dict[str, Any]]) -> None:
        self._calls = calls
        self.unknown: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, subgraph: str, body: dict[str, Any]) -> Any:
        for call in self._calls:
            if call["subgraph"] == subgraph and _canonical(call["request"]) == _canonical(body):
                return _reordered(call, body)
        self.unknown.append((subgraph, body))
        return TransportError("not recorded")


def _reordered(call: dict[str, Any], body: dict[str, Any]) -> Any:
    response = json.loads(json.dumps(call["response"]))
    recorded = call["request"].get("variables") or {}
    for name, representations in (body.get("variables") or {}).items():
        key = "_entities" if name == "representations" else "_e" + name.removeprefix("__batch_reps_")
        if response.get("data") and isinstance(response["data"].get(key), list):
            entities = response["data"][key]
            response["data"][key] = [entities[recorded[name].index(item)] for item in representations]
    return response


def _read(suite: str, name: str) -> Any:
    """Read a file; the random ids, which the audit makes anew each time it is run, are made equal."""
    return json.loads(re.sub(r"\b[0-9a-f]{13}\b", "0123456789abc", (AUDIT / suite / name).read_text()))


@pytest.mark.skipif(not AUDIT.is_dir(), reason="the audit's data is not beside the repository")
@pytest.mark.parametrize(("suite", "index"), _cases())
async def test_a_recorded_plan_over_recorded_calls_gives_the_expected_response(
    suite: str, index: int, bench: type[Bench]
) -> None:
    plan = _read(suite, "plans.hive.json")[index]
    recorded = next((test for test in _read(suite, "recorded.json") if test["index"] == index), None)
    case = _read(suite, "tests.json")[index]
    if recorded is None or plan.get("kind") != "QueryPlan":
        pytest.skip("this gateway refuses the query before it plans")
    recording = _Recording(recorded["calls"])
    over = bench((AUDIT / suite / "supergraph.graphql").read_text(), plan, recording)

    if case["expected"] == {"errors": True}:
        with pytest.raises(OperationError):
            await over.run(case["query"], case.get("variables"))
        return
    responses = [await over.run(case["query"], case.get("variables")) for _ in range(3)]

    assert recording.unknown == []
    for response in responses:
        assert response.data == case["expected"].get("data")
        assert bool(response.errors) is case["expected"].get("errors", False)
