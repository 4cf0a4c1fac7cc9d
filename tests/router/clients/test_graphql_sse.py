"""The npm client graphql-sse, unmodified, in distinct connections mode."""

from __future__ import annotations

from pathlib import Path

from .script import Node
from .serving import served

SCRIPT = "graphql_sse.mjs"
ADA = {"data": {"forever": {"name": "Ada"}}}


async def test_subscriptions_and_queries_run_to_their_end(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "subscribe", router.url)

    assert said == [
        {"data": {"seen": {"name": "Ada", "rating": 10}}},
        {"data": {"seen": {"name": "Grace", "rating": 20}}},
        "complete",
        {"data": {"users": [{"name": "Ada", "rating": 10}, {"name": "Grace", "rating": 20}]}},
        "complete",
    ]


async def test_a_refused_operation_is_one_result_with_its_errors(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "refused", router.url)

    assert said[0]["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert said[1:] == ["complete"]


async def test_heartbeats_go_unnoticed_and_leaving_lets_go_of_the_subgraph(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path, subscriptions={"heartbeat_seconds": 0.01}) as router:
        said = await node.run(SCRIPT, "leave", router.url)
        await router.federation.accounts.left.wait()

    assert said == [ADA]


async def test_a_client_comes_back_after_a_reload_and_goes_on(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        script = await node.start(SCRIPT, "reconnect", router.url)
        first = await script.says()
        await router.reload()
        said = await script.rest()

    assert first == ADA
    assert said == ["again", ADA]


async def test_when_its_token_ends_the_client_is_told_so(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "forever", router.url, router.tokens())

    ended = {"message": "The token has expired.", "extensions": {"code": "UNAUTHENTICATED"}}
    assert said[-2:] == [{"errors": [ended]}, "complete"]


async def test_a_forged_token_is_refused_with_401(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "refusedToken", router.url, ["forged"])

    assert said == ["again", "again", "again", {"status": 401}]
