"""A subgraph that hangs, breaks off or answers rubbish, in front of the whole router: what is another's is answered,
what is its own is null with an error, its circuit opens, and closes again without a hand.
"""

from __future__ import annotations

import asyncio

import pytest

from router.config import RouterConfig
from router.server import create_app, network_transport
from tests.router.transport.servers import Behaviour, Seen, always, answer, never, serve

from .clients import post
from .federation import SUPERGRAPH

RATED = "{ user(id: 1) { name rating } }"
ADA = answer(b'{"data":{"user":{"__typename":"User","id":"1","name":"Ada"}}}')
FIVE = answer(b'{"data":{"_entities":[{"rating":5}]}}')
FAILURES = 3


async def break_off(_: Seen, __: asyncio.StreamWriter) -> bool:
    return False


@pytest.mark.parametrize(
    "failing",
    [never, break_off, always(answer(b"<html>")), always(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")],
    ids=["hangs", "breaks off", "answers rubbish", "answers an error page"],
)
async def test_a_failing_subgraph_takes_away_its_own_fields_is_left_alone_and_taken_back(failing: Behaviour) -> None:
    present = failing

    async def ratings(seen: Seen, writer: asyncio.StreamWriter) -> bool:
        return await present(seen, writer)

    async with serve(always(ADA)) as (accounts, _), serve(ratings) as (url, seen):
        config = RouterConfig.model_validate(
            {
                "subgraphs": {"accounts": {"url": accounts}, "ratings": {"url": url, "timeout_seconds": 0.2}},
                "breaker": {"failures": FAILURES, "pause_seconds": 2},
                "deduplicate": False,
            }
        )
        app = create_app(SUPERGRAPH, config, network_transport(config))

        told = [(await post(app, RATED)).json for _ in range(FAILURES)]
        asked = len(seen.requests)
        left_alone = (await post(app, RATED)).json

        assert {str(one["data"]) for one in (*told, left_alone)} == {str({"user": {"name": "Ada", "rating": None}})}
        (error,) = left_alone["errors"]
        assert (error["path"], error["extensions"]["code"]) == (["user", "rating"], "SUBGRAPH_UNAVAILABLE")
        assert {one["errors"][0]["extensions"]["code"] for one in told} == {"SUBGRAPH_UNAVAILABLE"}
        assert len(seen.requests) == asked

        present = always(FIVE)
        while (await post(app, RATED)).json != {"data": {"user": {"name": "Ada", "rating": 5}}}:  # noqa: ASYNC110 (a pause has no event)
            await asyncio.sleep(0.05)
        await app.close()
