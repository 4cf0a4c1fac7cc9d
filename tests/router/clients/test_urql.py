"""The npm package @urql/core with its exchanges, unmodified."""

from __future__ import annotations

from pathlib import Path

from .script import Node
from .serving import served

SCRIPT = "urql.mjs"
ADA = {"forever": {"name": "Ada"}}
USERS = {
    "users": [
        {"id": "1", "name": "Ada", "rating": 10},
        {"id": "2", "name": "Grace", "rating": 20},
    ]
}
EVENTS = [
    {"seen": {"name": "Ada", "rating": 10}},
    {"seen": {"name": "Grace", "rating": 20}},
    "complete",
]


async def test_queries_by_both_methods_and_mutations(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "queries", router.url)

    cached = {"users": [{**user, "__typename": "User"} for user in USERS["users"]]}
    assert said == [cached, cached, {"rename": {"id": "2", "name": "Barbara", "__typename": "User"}}]


async def test_subscriptions_over_websocket(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "websocket", router.url)

    assert said == EVENTS


async def test_subscriptions_over_its_own_fetch(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path, subscriptions={"heartbeat_seconds": 0.01}) as router:
        said = await node.run(SCRIPT, "events", router.url)

    assert said == EVENTS


async def test_a_refused_subscription_is_an_error(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "refused", router.url)

    assert said == [{"codes": ["GRAPHQL_VALIDATION_FAILED"]}, "complete"]


async def test_it_comes_back_after_a_reload(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        script = await node.start(SCRIPT, "firstTwo", router.url)
        first = await script.says()
        await router.reload()
        said = await script.rest()

    assert first == ADA
    assert said == ["again", ADA]


async def test_when_its_token_ends_it_comes_back_with_another(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "first", router.url, router.tokens())

    assert said == ["again", ADA]


async def test_a_stream_tells_that_the_token_has_ended(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "expiring", router.url, router.tokens())

    assert said[-2:] == [{"codes": ["UNAUTHENTICATED"]}, "complete"]


async def test_its_auth_exchange_sees_the_401_and_refreshes(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "refreshed", router.url, ["forged", router.tokens()[1]])

    assert said == ["refreshed", USERS]


async def test_its_retry_exchange_waits_for_the_rate_limit(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path, limits={"rate": {"per_second": 5, "burst": 1}}) as router:
        said = await node.run(SCRIPT, "retried", router.url)

    assert (said[0], said[-1]) == (USERS, USERS)
    assert 429 in said
