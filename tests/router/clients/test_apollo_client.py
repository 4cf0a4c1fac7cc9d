"""The npm package @apollo/client, unmodified: cache, multipart subscriptions, WebSocket link, persisted operations."""

from __future__ import annotations

from pathlib import Path

from .script import Node
from .serving import served

SCRIPT = "apollo_client.mjs"
ADA = {"forever": {"__typename": "User", "name": "Ada"}}
USERS = [
    {"__typename": "User", "id": "1", "name": "Ada", "rating": 10},
    {"__typename": "User", "id": "2", "name": "Grace", "rating": 20},
]
EVENTS = [
    {"seen": {"__typename": "User", "name": "Ada", "rating": 10}},
    {"seen": {"__typename": "User", "name": "Grace", "rating": 20}},
    "complete",
]


async def test_queries_and_mutations_feed_its_cache(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "queries", router.url)

    assert said == [
        {"users": USERS},
        {"rename": {"__typename": "User", "id": "2", "name": "Barbara"}},
        {"users": [USERS[0], {**USERS[1], "name": "Barbara"}]},
    ]


async def test_partial_data_comes_with_errors_at_their_paths(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "faults", router.url)

    assert said == [
        {"user": {"__typename": "User", "id": "1", "name": "Ada", "secret": None, "coded": None}},
        [[["user", "secret"], "INTERNAL_SERVER_ERROR"], [["user", "coded"], "FORBIDDEN"]],
    ]


async def test_a_multipart_subscription_runs_to_its_end(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "multipart", router.url)

    assert said == EVENTS


async def test_its_websocket_link_works_too(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "websocket", router.url)

    assert said == EVENTS


async def test_an_event_arrives_at_once_and_leaving_lets_go_of_the_subgraph(node: Node, tmp_path: Path) -> None:
    # With no other event and no heartbeat behind it, it would wait for ever if its part were not ended.
    async with served(tmp_path, subscriptions={"heartbeat_seconds": 3600}) as router:
        said = await node.run(SCRIPT, "first", router.url)
        await router.federation.accounts.left.wait()

    assert said == [ADA]


async def test_heartbeats_are_no_events(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path, subscriptions={"heartbeat_seconds": 0.01}) as router:
        said = await node.run(SCRIPT, "multipart", router.url)

    assert said == EVENTS


async def test_a_refused_subscription_is_an_error(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "refused", router.url)

    assert said[0]["name"] == "CombinedGraphQLErrors"
    assert said[0]["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_when_its_token_ends_the_subscription_says_so(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "forever", router.url, router.tokens())

    ended = {"message": "The token has expired.", "extensions": {"code": "UNAUTHENTICATED"}}
    assert said[-2:] == [{"name": "CombinedProtocolErrors", "errors": [ended]}, "complete"]


async def test_after_a_reload_the_subscription_says_that_it_was_interrupted(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        script = await node.start(SCRIPT, "forever", router.url)
        first = await script.says()
        await router.reload()
        said = await script.rest()

    assert first == ADA
    assert said[0]["name"] == "CombinedProtocolErrors"
    assert said[0]["errors"][0]["extensions"]["code"] == "SUBSCRIPTION_INTERRUPTED"
    assert said[1:] == ["complete"]


async def test_a_forged_token_is_refused(node: Node, tmp_path: Path) -> None:
    async with served(tmp_path) as router:
        said = await node.run(SCRIPT, "forever", router.url, ["forged"])

    refused = {"message": "The token is not valid.", "extensions": {"code": "UNAUTHENTICATED"}}
    assert said == [{"name": "CombinedGraphQLErrors", "errors": [refused]}, "complete"]


async def test_persisted_operations_are_sent_once_and_then_named_even_where_a_get_needs_a_preflight(
    node: Node, tmp_path: Path
) -> None:
    settings = {"persisted": {"automatic": True}, "csrf_prevention": "preflight"}
    async with served(tmp_path, **settings) as router:
        said = await node.run(SCRIPT, "persisted", router.url)

    assert said[:2] == [{"users": USERS}, {"users": USERS}]
    assert [whole for _, whole in said[2]] == [False, True, False]
    assert [method for method, whole in said[2] if not whole] == ["GET", "GET"]
