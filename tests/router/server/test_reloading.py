"""A new supergraph while requests go on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from router.config import RouterConfig
from router.server import ReloadingApp, RouterApp, create_app
from router.transport import InProcessTransport

from .clients import WebSocketClient, exchange, post
from .federation import SUPERGRAPH, Federation

NEWER = SUPERGRAPH.replace("users: [User!]! @join__field", "people: [User!]! @join__field")
ASK = '{ __type(name: "Query") { fields { name } } }'


class Counting(InProcessTransport):
    """Counts how often it is closed."""

    closes = 0

    async def close(self) -> None:
        self.closes += 1


class Reloading:
    """The router over a file that the test writes."""

    def __init__(self, tmp_path: Path) -> None:
        self.path = tmp_path / "supergraph.graphql"
        self.path.write_text(SUPERGRAPH, encoding="utf-8")
        self.federation = Federation()
        self.transport = Counting({"accounts": self.federation.accounts})
        self.app = ReloadingApp(self.path, self.make, seconds_between_looks=0.01)

    def make(self, text: str, before: RouterApp | None) -> RouterApp:
        log = before.log if before else None
        return create_app(text, RouterConfig(), self.transport, log=log)

    async def fields(self) -> set[str]:
        answer = await post(self.app, ASK)
        return {field["name"] for field in answer.json["data"]["__type"]["fields"]}


async def test_requests_that_are_under_way_are_answered_and_new_ones_see_the_new_schema(tmp_path: Path) -> None:
    router = Reloading(tmp_path)
    going_on = asyncio.Event()

    async def wait(*_: object) -> str:
        going_on.set()
        await asyncio.sleep(0)
        await released.wait()
        return "done"

    released = asyncio.Event()
    router.federation.accounts.root.slow = wait
    slow = asyncio.create_task(post(router.app, "{ slow }"))
    await going_on.wait()
    router.path.write_text(NEWER, encoding="utf-8")
    await router.app.reload()
    seen = await router.fields()
    released.set()

    assert "people" in seen
    assert "users" not in seen
    assert (await slow).json == {"data": {"slow": "done"}}
    await router.app.close()
    assert router.transport.closes == 1


@pytest.mark.parametrize("broken", ["type Query {", "type Query { a: Int }"])
async def test_a_file_that_cannot_be_loaded_changes_nothing(
    tmp_path: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    router = Reloading(tmp_path)

    router.path.write_text(broken, encoding="utf-8")
    await router.app.reload()

    assert "users" in await router.fields()
    assert [record.message for record in caplog.records] == ["supergraph not reloaded"]


async def test_websockets_are_sent_away_and_counters_count_on(tmp_path: Path) -> None:
    router = Reloading(tmp_path)
    await router.fields()

    async with WebSocketClient(router.app) as client:
        await client.initialise()
        router.path.write_text(NEWER, encoding="utf-8")
        await router.app.reload()
        assert await client.hear() == {"closed": 1001}
    await router.fields()

    metrics = (await exchange(router.app, "GET", "/metrics")).body.decode()
    assert 'router_requests_total{kind="query",status="200"} 2.0' in metrics


async def test_a_changed_file_is_noticed_while_the_router_lives(tmp_path: Path) -> None:
    router = Reloading(tmp_path)
    events: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    sent: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    living = asyncio.create_task(router.app({"type": "lifespan"}, events.get, sent.put))  # type: ignore[arg-type]
    events.put_nowait({"type": "lifespan.startup"})
    assert (await sent.get())["type"] == "lifespan.startup.complete"

    router.path.write_text(NEWER, encoding="utf-8")
    while "people" not in await router.fields():  # noqa: ASYNC110 - a file has no event to wait for.
        await asyncio.sleep(0.01)
    events.put_nowait({"type": "lifespan.shutdown"})
    await living

    assert (await sent.get())["type"] == "lifespan.shutdown.complete"


async def test_a_supergraph_that_nobody_foresaw_does_not_end_the_watch(tmp_path: Path) -> None:
    """Here it provides a field that there is not, which no composer writes."""
    router = Reloading(tmp_path)
    odd = SUPERGRAPH.replace("user(id: ID!): User @join__field(graph: ACCOUNTS)",
                             'user(id: ID!): User @join__field(graph: ACCOUNTS, provides: "nothing")')  # fmt: skip
    assert odd != SUPERGRAPH

    router.path.write_text(odd, encoding="utf-8")
    await router.app.reload()
    assert "users" in await router.fields()
    router.path.write_text(NEWER, encoding="utf-8")
    await router.app.reload()

    assert "people" in await router.fields()
