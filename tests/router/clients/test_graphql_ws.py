"""The npm client graphql-ws, unmodified."""

from __future__ import annotations

from pathlib import Path

from .script import Node
from .serving import served

SCRIPT = "graphql_ws.mjs"
ADA = {"data": {"forever": {"name": "Ada"}}}


async def test_subscriptions_queries_and_mutations_run_to_their_end(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "subscribe", router.url)

    assert said == [
        {"data": {"seen": {"name": "Ada", "rating": 10}}},
        {"data": {"seen": {"name": "Grace", "rating": 20}}},
        "complete",
        {"data": {"users": [{"name": "Ada", "rating": 10}, {"name": "Grace", "rating": 20}]}},
        "complete",
        {"data": {"rename": {"name": "Barbara"}}},
        "complete",
        {"closed": 1000},
    ]


async def test_a_refused_operation_is_an_error_of_that_operation(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "refused", router.url)

    assert said[0]["error"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert said[1:] == [{"closed": 1000}]


async def test_both_sides_ping_and_answer(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path, subscriptions={"heartbeat_seconds": 0.05}) as router:
        said = await node.run(SCRIPT, "ping", router.url)

    assert said == [["ping", "pong"], {"closed": 1000}]


async def test_a_client_that_leaves_lets_go_of_the_subgraph(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "leave", router.url)
        await router.federation.accounts.left.wait()

    assert said == [ADA, {"closed": 1000}]


async def test_a_client_comes_back_after_a_reload_and_goes_on(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        script = await node.start(SCRIPT, "reconnect", router.url)
        first = await script.says()
        await router.reload()
        said = await script.rest()

    assert first == ADA
    assert said == [{"closed": 1001}, ADA, {"closed": 1000}]


async def test_when_its_token_ends_a_client_comes_back_with_another(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "leave", router.url, router.tokens())

    assert said[0] == {"closed": 4403}
    assert said[1:] == [ADA, {"closed": 1000}]


async def test_a_forged_token_closes_the_socket_and_tells_why(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "refusedToken", router.url, ["forged"])

    assert said == [{"closed": 4403}, {"code": 4403, "reason": "The token is not valid."}]
