"""Plans for the public audit's queries cost no more than those of the best planner measured."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from router.errors import OperationError, PlanError
from router.operation import parse_operation
from router.plan.json import plan_from_json
from router.plan.nodes import BatchFetch, Condition, Fetch, Flatten, Node, Parallel, Sequence, Subscription
from router.planner import Planner
from router.supergraph import load_supergraph

ROOT = Path(__file__).parents[3]
AUDIT = Path(os.environ.get("FEDERATION_AUDIT", ROOT.parent / "shared" / "federation-audit"))
SUITES = sorted(path.parent.name for path in AUDIT.glob("*/plans.hive.json"))

pytestmark = pytest.mark.skipif(not SUITES, reason="The audit's data is not beside the repository.")


def price(node: Node | Subscription | None) -> tuple[int, int]:
    """Count the calls and the waves of a plan, as if every condition held."""
    match node:
        case None:
            return 0, 0
        case Fetch() | BatchFetch() | Flatten():
            return 1, 1
        case Sequence(nodes):
            prices = [price(inner) for inner in nodes]
            return sum(calls for calls, _ in prices), sum(waves for _, waves in prices)
        case Parallel(nodes):
            prices = [price(inner) for inner in nodes]
        case Condition(_, if_true, if_false):
            prices = [price(if_true), price(if_false)]
        case Subscription(primary, rest):
            return price(Sequence((primary, *([rest] if rest else []))))
    return sum(calls for calls, _ in prices), max(waves for _, waves in prices)


def read(suite: str, name: str) -> Any:
    return json.loads((AUDIT / suite / name).read_text())


@pytest.mark.parametrize("suite", SUITES)
def test_no_plan_costs_more_calls_or_waves_than_the_best_planners(suite: str) -> None:
    supergraph = load_supergraph((AUDIT / suite / "supergraph.graphql").read_text())
    planner = Planner(supergraph)
    for test, theirs in zip(read(suite, "tests.json"), read(suite, "plans.hive.json"), strict=True):
        try:
            ours = planner.plan(parse_operation(supergraph.public_schema, test["query"], None))
        except (OperationError, PlanError):
            assert test["expected"].get("errors") is True, test["query"]
            continue
        calls, waves = price(ours.node)
        limit_calls, limit_waves = price(plan_from_json(theirs).node)

        assert calls <= limit_calls, test["query"]
        assert waves <= limit_waves, test["query"]
