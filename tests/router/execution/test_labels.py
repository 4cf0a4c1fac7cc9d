from __future__ import annotations

import pytest

from router.config import RouterConfig
from router.errors import ConfigError
from router.execution import Dispatcher, Executor, ExecutorOptions
from router.execution.labels import LabelDraw
from router.operation import Operation
from router.plan.nodes import QueryPlan
from router.planner import Planner
from router.server.app import create_app
from router.transport import InProcessTransport
from tests.router.execution.conftest import CannedTransport
from tests.router.planner.supergraphs import compose_sdl
from tests.router.planner.test_plans import PEOPLE
from tests.router.server.clients import post

LABELS = ("percent(5)", "percent(50.5)", "moved", "unsaid")


@pytest.mark.parametrize(
    ("drawn", "on"),
    [
        (0.0, {"percent(5)", "percent(50.5)", "moved"}),
        (0.049, {"percent(5)", "percent(50.5)", "moved"}),
        (0.05, {"percent(50.5)", "moved"}),
        (0.504, {"percent(50.5)", "moved"}),
        (0.505, {"moved"}),
        (0.999, {"moved"}),
    ],
)
def test_a_label_is_on_for_its_share_of_requests(drawn: float, on: set[str]) -> None:
    assert LabelDraw(LABELS, {"moved": 100}, lambda: drawn)() == on


def test_the_settings_overrule_the_share_that_a_label_names() -> None:
    assert LabelDraw(["percent(100)"], {"percent(100)": 0}, lambda: 0.0)() == frozenset()


class NotingPlanner:
    """Plans, and notes with which labels."""

    def __init__(self) -> None:
        self.labels: list[frozenset[str]] = []

    def plan(self, operation: Operation, labels: frozenset[str]) -> QueryPlan:
        self.labels.append(labels)
        return Planner(PEOPLE).plan(operation, labels)


def test_plans_with_a_label_and_without_it_are_kept_apart() -> None:
    numbers = iter([0.1, 0.9, 0.2, 0.8])
    planner = NotingPlanner()
    options = ExecutorOptions(draw_labels=LabelDraw(PEOPLE.labels, {"moved": 50}, lambda: next(numbers)))
    executor = Executor(PEOPLE, planner, Dispatcher(InProcessTransport({}), {}), options)

    first, second, third, fourth = [executor.prepare("{ me { old } }", None) for _ in range(4)]

    assert planner.labels == [frozenset({"moved"}), frozenset()]
    assert first is third is not second is fourth


def test_a_label_that_the_supergraph_does_not_have_is_a_wrong_setting() -> None:
    sdl = compose_sdl(a="type Query { now: Int }")

    with pytest.raises(ConfigError, match="wrong setting labels: the supergraph has no moved"):
        create_app(sdl, RouterConfig(labels={"moved": 50}), InProcessTransport({}))


@pytest.mark.parametrize(("share", "asked"), [(0, "old"), (100, "new")])
async def test_a_request_is_answered_by_the_subgraph_that_its_labels_say(share: float, asked: str) -> None:
    sdl = compose_sdl(
        old="type Query { now: Int @shareable }",
        new='type Query { now: Int @shareable @override(from: "old", label: "moved") }',
    )
    transport = CannedTransport(lambda *_: {"data": {"now": 1}})
    app = create_app(sdl, RouterConfig(labels={"moved": share}), transport)

    answer = await post(app, "{ now }")

    assert answer.json == {"data": {"now": 1}}
    assert [subgraph for subgraph, _ in transport.asked] == [asked]
